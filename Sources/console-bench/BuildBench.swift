import BenchFigures
import FoundationEssentials
import Glibc
import PseudoTerminal

/// A clean release build of the console, in a fresh folder: processor seconds outside the kernel.
struct BuildBench {
  var ours: Contender
  var baseline: Contender?

  func measure(into report: inout BenchReport) throws {
    let own = try seconds(ours)
    let old = try baseline.map(seconds)
    report.figures.append(
      Figure(
        "build.user", unit: "s", Samples([own]), beside: .init(.baseline, "the baseline", old.map { Samples([$0]) }),
        target: .ratioAtMost(0.6)))
    if baseline == nil { report.leaveOut("build.user / baseline", because: FillBench.baselineAdvice) }
  }

  private func seconds(_ contender: Contender) throws -> Double {
    let sources = try sources(of: contender)
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    let candidates = path.split(separator: ":").map { "\($0)/swift" }
    guard let swift = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw BenchError("swift is not on the PATH: see https://www.swift.org/install")
    }
    let scratch = "\(contender.place.path)/build-\(contender.name)"
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let output = scratch + ".log"
    let place = ["--package-path", sources, "--scratch-path", scratch]
    // What is downloaded is not measured. The build needs what the user's own has: caches, certificates, a proxy.
    let environment = ProcessInfo.processInfo.environment
    try ChildProcess.run(Program(swift, ["package"] + place + ["resolve"], environment: environment), output: output)
    let build = ["build"] + place + ["--configuration", "release", "--product", "partner-console"]
    return try ChildProcess.run(
      Program(swift, build, environment: environment), output: output
    ).user.seconds
  }

  /// The nearest folder above the program that is a package.
  private func sources(of contender: Contender) throws -> String {
    var parts = contender.binary.split(separator: "/")
    while !parts.isEmpty {
      parts.removeLast()
      let folder = "/" + parts.joined(separator: "/")
      if access(folder + "/Package.swift", R_OK) == 0 { return folder }
    }
    throw BenchError("\(contender.binary) lies in no package: there are no sources to build")
  }
}
