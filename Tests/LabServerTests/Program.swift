import Dispatch
import Foundation

/// Another program of this machine, as a second opinion or as the other side of a connection.
struct Program: Sendable {
  struct Outcome: Sendable {
    var status: Int32
    var output: String
    var words: String
  }

  var name: String
  var arguments: [String]

  init(_ name: String, _ arguments: [String]) {
    self.name = name
    self.arguments = arguments
  }

  /// Runs it to its end with `input`; `meanwhile` is done between its first output and the end of its input.
  func run(_ input: Data = Data(), meanwhile: (@Sendable () async -> Void)? = nil) async throws -> Outcome {
    let process = Process()
    let (toRead, output, words) = (Pipe(), Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.standardInput = toRead
    process.standardOutput = output
    process.standardError = words
    try process.run()
    let told = Task { await Self.off { words.fileHandleForReading.readDataToEndOfFile() } }
    try toRead.fileHandleForWriting.write(contentsOf: input)
    var said = Data()
    if let meanwhile {
      said = await Self.off { output.fileHandleForReading.availableData }
      await meanwhile()
    }
    try toRead.fileHandleForWriting.close()
    said += await Self.off { output.fileHandleForReading.readDataToEndOfFile() }
    let last = await told.value
    await Self.off { process.waitUntilExit() }
    return Outcome(
      status: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
      words: String(decoding: last, as: UTF8.self))
  }

  /// What blocks stays off the threads that tests share.
  private static func off<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: work()) }
    }
  }
}
