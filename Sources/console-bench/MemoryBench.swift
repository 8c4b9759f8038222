import BenchFigures
import PseudoTerminal

/// The memory of a console that shows the queue: at its first frame, with everything streamed in, and at most.
struct MemoryBench {
  var console: Program
  var size: WindowSize
  var incidents: Int
  /// Megabytes with everything loaded.
  var loadedAtMost: Double?

  func measure(into report: inout BenchReport) throws {
    let run = try ConsoleRun.start(console, size)
    defer { run.quit() }
    _ = try run.time(toFirst: Customers.incidentWord)
    let first = run.painter.residentBytes
    if !run.settle() {
      report.notes.append("memory.\(incidents): the console was still busy five minutes after its start")
    }
    let (family, painter) = (run.family, run.painter)
    let others = family.filter { $0 != painter }.compactMap(\.residentBytes)
    for (name, bytes, target) in [
      ("firstFrame", first, nil), ("loaded", painter.residentBytes, loadedAtMost),
      ("startPeak", painter.peakResidentBytes, nil),
      ("guardian", others.isEmpty ? nil : others.reduce(0, +), nil),
    ] {
      guard let bytes else { continue }
      report.figures.append(
        Figure(
          "memory.\(incidents).\(name)", unit: "MB", Samples([Double(bytes) / 1e6]), target: target.map { .atMost($0) })
      )
    }
  }
}
