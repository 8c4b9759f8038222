/// Keeps a sign-in by a program of the operator's own (`command`): `get` prints what is kept, `store` reads it at its
/// standard input, `erase` forgets it.
///
/// `get` that ends with 1 and prints nothing says that nothing is kept.
package struct SignInProgram: SignInStore {
  private let command: [String]
  private let milliseconds: Int
  private let environment: [String]

  /// - Parameter command: the program with its arguments.
  package init(command: [String]) { self.init(command: command, milliseconds: 30_000) }

  init(command: [String], milliseconds: Int, environment: [String] = PipedProgram.handedOn()) {
    (self.command, self.milliseconds, self.environment) = (command, milliseconds, environment)
  }

  package var words: String { "the program \(name)" }
  private var name: String { command.first ?? "of signIn.command" }

  package func read() async throws(SignInStoreError) -> Secret? {
    let ending = try await run("get")
    let kept = SignInText.kept(ending.output)
    if ending.isGood { return kept }
    if ending.code == 1, kept == nil { return nil }
    throw failure("get", ending)
  }

  package func write(_ secret: Secret) async throws(SignInStoreError) {
    let count = secret.withBytes { $0.count }
    guard count <= SignInName.longest else { throw .tooLong(bytes: count) }
    let ending = try await run("store", secret)
    guard ending.isGood else { throw failure("store", ending) }
  }

  package func erase() async throws(SignInStoreError) {
    let ending = try await run("erase")
    guard ending.isGood else { throw failure("erase", ending) }
  }

  private func run(_ verb: String, _ input: Secret? = nil) async throws(SignInStoreError) -> PipedProgram.Ending {
    let program = PipedProgram(
      command: command + [verb], environment: environment, milliseconds: milliseconds,
      longest: SignInName.longest + 2)
    do throws(PipedProgram.Failure) {
      return try await program.run(input: input)
    } catch {
      switch error {
      case .notStarted: throw .absent(reason: "\(name) cannot be started")
      case .tooLong: throw .failed(reason: "\(name) \(verb) printed over \(SignInName.longest) bytes")
      case .tooSlow: throw .failed(reason: "\(name) \(verb) took over \(milliseconds / 1000) s")
      case .cancelled: throw .cancelled
      }
    }
  }

  private func failure(_ verb: String, _ ending: PipedProgram.Ending) -> SignInStoreError {
    .failed(reason: "\(name) \(verb) \(ending.words)\(ending.complaint)")
  }
}

/// What a program printed as a sign-in.
enum SignInText {
  /// Without the end of line that programs put behind a text; `nil` for nothing.
  static func kept(_ output: Secret) -> Secret? {
    output.withBytes { bytes in
      var end = bytes.count
      while end > 0, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
      guard end > 0 else { return nil }
      return Secret(copying: UnsafeRawBufferPointer(rebasing: bytes[..<end]), into: .process)
    }
  }
}
