import Foundation

/// What a program came to that ran by itself, without a terminal.
struct ProgramRun: Sendable {
  var status: Int32
  var output: String
  var words: String

  /// Runs the program to its end, its streams in files.
  /// - Parameters:
  ///   - path: absolute.
  ///   - environment: all of it.
  ///   - scratch: a folder for the streams.
  init(_ path: String, _ arguments: [String], environment: [String: String], scratch: URL) async throws {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    let name = scratch.appending(path: "run-\(UUID().uuidString)").path
    for end in [".out", ".err"] { _ = FileManager.default.createFile(atPath: name + end, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: name + ".out")
    process.standardError = FileHandle(forWritingAtPath: name + ".err")
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in done.resume() }
      do { try process.run() } catch {
        process.terminationHandler = nil
        done.resume(throwing: error)
      }
    }
    func text(_ end: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(filePath: name + end)), as: UTF8.self)
    }
    status = process.terminationStatus
    output = try text(".out")
    words = try text(".err")
  }

  var json: Any? { try? JSONSerialization.jsonObject(with: Data(output.utf8)) }
  var object: [String: Any] { json as? [String: Any] ?? [:] }
  var objects: [[String: Any]] { json as? [[String: Any]] ?? [] }
}
