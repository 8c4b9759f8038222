import FoundationEssentials
package import Glibc

/// What the system knows of a running process, read anew each time. `nil` where it is gone or may not be looked at.
package struct ProcessRecord: Hashable, Sendable {
  package let process: pid_t

  package init(_ process: pid_t) { self.process = process }

  /// The processes it started that still run.
  package var children: [pid_t] {
    tasks.flatMap { task in
      (text("task/\(task)/children") ?? "").split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
    }
  }

  /// It and all that it started, and those again, that still run; itself first.
  package var family: [ProcessRecord] { [self] + children.flatMap { ProcessRecord($0).family } }

  /// Nanoseconds on a processor.
  package var processorTime: ThreadCounts? {
    counts { task in text("task/\(task)/schedstat")?.split(separator: " ").first.flatMap { Int($0) } }
  }

  /// How often a thread went to sleep by itself: each is a wake-up that ended.
  package var voluntarySwitches: ThreadCounts? {
    counts { task in text("task/\(task)/status").flatMap { Self.field("voluntary_ctxt_switches", $0) } }
  }

  /// Bytes of memory that are resident.
  package var residentBytes: Int? { text("status").flatMap { Self.field("VmRSS", $0) }.map { $0 * 1024 } }

  /// The most bytes of memory that ever were resident since it became the program it is.
  package var peakResidentBytes: Int? { text("status").flatMap { Self.field("VmHWM", $0) }.map { $0 * 1024 } }

  private var tasks: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
  }

  private func counts(_ count: (String) -> Int?) -> ThreadCounts? {
    let pairs = tasks.compactMap { task in count(task).map { (task, $0) } }
    return pairs.isEmpty ? nil : ThreadCounts(Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
  }

  private func text(_ file: String) -> String? {
    try? String(contentsOfFile: "/proc/\(process)/\(file)", encoding: .utf8)
  }

  /// The number behind a name in the text of a `status` file; its unit, where it has one, is the text's.
  package static func field(_ name: String, _ text: String) -> Int? {
    for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
      return line.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
    }
    return nil
  }
}
