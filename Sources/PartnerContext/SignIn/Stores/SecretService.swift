/// Keeps a sign-in in the desktop's keyring, by the program of libsecret (`secretService`).
///
/// The secret goes through pipes alone. A keyring that is locked asks the person for its password, which is waited for.
package struct SecretService: SignInStore {
  private let name: SignInName
  private let environment: @Sendable (String) -> String?
  private let milliseconds: Int

  /// What it needs to find the session's bus, the keyring, and a place to ask; nothing else of our environment reaches it.
  private static let inherited = [
    "HOME", "USER", "LOGNAME", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME", "XDG_DATA_HOME",
  ]
  /// secret-tool reads no more, and says that a longer one was stored.
  static let longest = 8_191

  /// - Parameters:
  ///   - environment: this process's variables.
  ///   - patience: how long the person may take to unlock the keyring.
  package init(
    name: SignInName, environment: @escaping @Sendable (String) -> String?, patience: Duration = .seconds(30)
  ) {
    (self.name, self.environment) = (name, environment)
    milliseconds =
      Int(patience.components.seconds) * 1000 + Int(patience.components.attoseconds / 1_000_000_000_000_000)
  }

  package var words: String { "the desktop's keyring (Secret Service)" }

  /// Finds out, without asking anybody for anything, whether there is such a service.
  /// - Throws: `.absent`; `.failed`.
  package func probe() async throws(SignInStoreError) {
    // Of what nobody ever stored nothing is locked.
    let ending = try await run(["search", "service", "partner-console", "purpose", "probe"])
    guard ending.isGood, ending.complaint.isEmpty else { throw failure(ending) }
  }

  package func read() async throws(SignInStoreError) -> Secret? {
    let ending = try await run(["lookup"] + attributes)
    if ending.isGood { return SignInText.kept(ending.output) }
    guard ending.code == 1, ending.complaint.isEmpty else { throw failure(ending) }
    try await checkThatNothingIsLocked()
    return nil
  }

  package func write(_ secret: Secret) async throws(SignInStoreError) {
    let count = secret.withBytes { $0.count }
    guard count <= Self.longest else {
      throw .full(
        reason: "secret-tool keeps \(Self.longest) bytes at most, and the sign-in has \(count): use another store")
    }
    let ending = try await run(["store", "--label=partner-console sign-in"] + attributes, secret)
    guard ending.isGood else { throw failure(ending) }
  }

  package func erase() async throws(SignInStoreError) {
    let ending = try await run(["clear"] + attributes)
    if ending.isGood { return }
    guard ending.code == 1, ending.complaint.isEmpty else { throw failure(ending) }
    try await checkThatNothingIsLocked()
  }

  /// “Nothing there” is also what it says where the keyring stayed locked. What is locked is still listed.
  private func checkThatNothingIsLocked() async throws(SignInStoreError) {
    let ending = try await run(["search"] + attributes)
    guard SignInText.kept(ending.output) == nil, ending.complaint.isEmpty else {
      throw .locked(reason: "the desktop's keyring is locked: unlock it, then try again")
    }
  }

  /// What is kept under, and can be seen by whoever sees the keyring's list.
  private var attributes: [String] {
    ["service", "partner-console", "authority", name.authority, "client", name.clientID]
  }

  private func run(_ arguments: [String], _ input: Secret? = nil) async throws(SignInStoreError) -> PipedProgram.Ending
  {
    let path = ProgramPath(environment("PATH"))
    guard let tool = path.program("secret-tool") else {
      throw .absent(reason: "secret-tool is not installed: apt-get install libsecret-tools")
    }
    guard Self.hasBus(environment) else {
      throw .absent(reason: "there is no desktop session here (DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR are not set)")
    }
    // What it says is understood in one language.
    let fixed = ["PATH=\(path.text)", "LC_ALL=C.UTF-8"]
    let inherited = Self.inherited.compactMap { name in environment(name).map { "\(name)=\($0)" } }
    let program = PipedProgram(
      command: [tool] + arguments, environment: fixed + inherited, milliseconds: milliseconds,
      // A list of what is there has some lines beside it.
      longest: 2 * SignInName.longest)
    do throws(PipedProgram.Failure) {
      return try await program.run(input: input)
    } catch {
      switch error {
      case .notStarted: throw .absent(reason: "\(tool) cannot be started")
      case .tooLong: throw .failed(reason: "secret-tool printed over \(2 * SignInName.longest) bytes")
      case .tooSlow:
        throw .locked(
          reason: """
            the desktop's keyring did not answer within \(milliseconds / 1000) s: it may wait for its password. Unlock it, \
            then try again
            """)
      case .cancelled: throw .cancelled
      }
    }
  }

  /// Without one of them the library would start a bus of its own where there is an X server, with nothing on it.
  private static func hasBus(_ environment: (String) -> String?) -> Bool {
    ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"].contains { environment($0).map { !$0.isEmpty } ?? false }
  }

  private func failure(_ ending: PipedProgram.Ending) -> SignInStoreError {
    let said = ending.complaint
    // The first is what the service says of a keyring that is locked, the others what comes of a question that nobody
    // answered: the keyring is not made.
    if ["locked", "dismissed", "Object does not exist", "prompt"].contains(where: said.contains) {
      return .locked(reason: "the desktop's keyring is locked\(said). Unlock it, then try again")
    }
    return .absent(reason: "there is no Secret Service here (secret-tool \(ending.words)\(said))")
  }
}
