import Foundation
import PseudoTerminal
import Synchronization
import SystemCrypto
import Testing

@testable import LabServer

@Suite("Signing in from the command line", .serialized, .timeLimit(.minutes(5)))
struct SignInCommandTests {
  /// A workplace whose tenants are people's, and a browser that follows what the lab answers.
  private func use(
    signIn: LabAnswerMode = .auto, isKept: Bool = true,
    users: [LabUser] = [LabUser(Workplace.upn, name: "Anna")], _ body: (Workplace, String) async throws -> Void
  ) async throws {
    var options = LabOptions(tenants: LabTenant.generate(count: 2, seed: 11), scenarios: .granted)
    options.incidentsPerTenant = 4
    options.homeTenant = "d757e467-091b-4bbe-8042-1f1e2fbe5f33"
    options.isPublicClient = true
    options.users = users
    options.devicePollInterval = 1
    try await Workplace.with(
      options,
      change: { root in
        var app = root["app"] as? [String: Any] ?? [:]
        app["credentials"] = [["type": "none"]]
        root["app"] = app
        root["signIn"] = isKept ? ["store": "file", "passphrase": ["file": "passphrase"]] : ["store": "none"]
        root["tenants"] = (root["tenants"] as? [[String: Any]] ?? []).map { $0.merging(["context": "user"]) { $1 } }
      }
    ) { place in
      place.lab.answer(signIn: signIn, device: .page)
      _ = FileManager.default.createFile(
        atPath: place.home.appending(path: "passphrase").path, contents: Data("canary-passphrase-7c1".utf8),
        attributes: [.posixPermissions: 0o600])
      let browser = place.home.appending(path: "browser").path
      let script = """
        #!/bin/sh
        env > "\(place.home.path)/browser.env"
        printf '%s\\n' "$@" > "\(place.home.path)/browser.args"
        exec curl -sL -o "\(place.home.path)/page.html" "$1"
        """
      _ = FileManager.default.createFile(
        atPath: browser, contents: Data(script.utf8), attributes: [.posixPermissions: 0o700])
      try await body(place, browser)
    }
  }

  private func page(_ place: Workplace) -> String {
    (try? String(contentsOfFile: place.home.appending(path: "page.html").path, encoding: .utf8)) ?? ""
  }

  @Test(
    "The link stands on standard error before anything is waited for; what follows asks as the person, in a later run too"
  )
  func signedIn() async throws {
    try await use { place, browser in
      let before = try await place.run("token", "list", "--output", "json")
      #expect(
        before.objects.map { ($0["token"] as? [String: Any])?["state"] as? String } == ["signInNeeded", "signInNeeded"])
      let signIn = try await place.run("token", "sign-in", environment: ["BROWSER": browser])
      #expect(signIn.status == 0, "\(signIn.words)")
      #expect(signIn.output == "")
      #expect(signIn.words.contains("\(place.lab.baseURL)/d757e467-091b-4bbe-8042-1f1e2fbe5f33/oauth2/v2.0/authorize?"))
      #expect(signIn.words.contains("browser has it."))
      #expect(signIn.words.contains("Signed in as \(Workplace.upn)."))
      #expect(page(place).contains("<h1>You are signed in</h1>"))
      let checked = try await place.run("consent", "check", "--output", "json")
      #expect(checked.objects.map { ($0["consent"] as? [String: Any])?["state"] as? String } == ["granted", "granted"])
      let listed = try await place.run("incidents", "list", "--output", "json")
      #expect(listed.status == 0, "\(listed.words)")
      #expect((listed.object["incidents"] as? [Any])?.isEmpty == false)
      let out = try await place.run("token", "sign-out")
      #expect(out.status == 0)
      #expect(out.words.contains("\(Workplace.upn) is signed out."))
      #expect(try await place.run("token", "sign-out").words.contains("Nobody was signed in."))
      #expect(try await place.run("incidents", "list").status == 2)
    }
  }

  @Test("Who is refused, or declines, ends with 2 and the reason; the page says so too")
  func refused() async throws {
    try await use(signIn: .decline) { place, browser in
      let outcome = try await place.run("token", "sign-in", environment: ["BROWSER": browser])
      #expect(outcome.status == 2)
      #expect(outcome.words.contains("not signed in: "), "\(outcome.words)")
      #expect(page(place).contains("<h1>"))
    }
    try await use(users: [LabUser("ben@northwind-soc.example", name: "Ben")]) { place, browser in
      let outcome = try await place.run("token", "sign-in", environment: ["BROWSER": browser])
      #expect(outcome.status == 2)
      #expect(outcome.words.contains("another account signed in: ben@northwind-soc.example"), "\(outcome.words)")
      #expect(outcome.words.contains("operator.upn"))
    }
  }

  @Test("F74: without a browser the link is shown with the reason, and Ctrl-C ends the wait with 130 within a second")
  func withoutBrowser() async throws {
    try await use { place, _ in
      let run = try await place.shell(
        #"true; "$program" token sign-in --config "$config" 2> words & pid=$!; until grep -q 'No browser was opened' words; do sleep 0.1; done; kill -INT $pid; SECONDS=0; wait $pid; code=$?; cat words; echo "$SECONDS s"; exit $code"#
      )
      #expect(run.status == 130, "\(run.output)\(run.words)")
      #expect(run.output.contains("DISPLAY, WAYLAND_DISPLAY, BROWSER are not set"))
      #expect(run.output.contains("/oauth2/v2.0/authorize?"))
      #expect(run.output.hasSuffix("\n0 s\n") || run.output.hasSuffix("\n1 s\n"))
    }
  }

  @Test("A browser that BROWSER names and that is not there, or fails, gives way to the next; all that fail are told")
  func browsers() async throws {
    try await use { place, browser in
      let several = "/nowhere/browser:/bin/false:\(browser) %s"
      let signIn = try await place.run("token", "sign-in", environment: ["BROWSER": several])
      #expect(signIn.status == 0, "\(signIn.words)")
    }
  }

  /// From here on nobody acts as a person.
  private func actAsApp(_ place: Workplace) throws {
    try place.rewrite { root in
      var app = root["app"] as? [String: Any] ?? [:]
      app["credentials"] = [["type": "secret", "file": "secret"]]
      root["app"] = app
      root["tenants"] = (root["tenants"] as? [[String: Any]] ?? []).map {
        $0.merging(["context": "application"]) { $1 }
      }
    }
  }

  @Test("Signing out forgets what was kept also where nobody acts as a person any more")
  func forgotten() async throws {
    try await use { place, browser in
      func kept() -> [String] {
        (FileManager.default.enumerator(atPath: place.home.path)?.compactMap { $0 as? String } ?? []).filter {
          $0.hasSuffix("/sign-in")
        }
      }
      let signIn = try await place.run("token", "sign-in", environment: ["BROWSER": browser])
      #expect(signIn.status == 0, "\(signIn.words)")
      #expect(kept().count == 1)
      try actAsApp(place)
      let out = try await place.run(bare: ["token", "sign-out", "--config", place.configuration])
      #expect(out.status == 0 && out.words.contains("\(Workplace.upn) is signed out."), "\(out.words)")
      #expect(kept().isEmpty)
    }
  }

  @Test("What cannot be read with this passphrase is removed all the same, and told as that")
  func unreadable() async throws {
    try await use { place, browser in
      let signIn = try await place.run("token", "sign-in", environment: ["BROWSER": browser])
      #expect(signIn.status == 0, "\(signIn.words)")
      try Data("another-passphrase".utf8).write(to: place.home.appending(path: "passphrase"))
      let out = try await place.run("token", "sign-out")
      #expect(out.status == 0)
      #expect(out.words.contains("A sign-in that could not be read was removed."), "\(out.words)")
      #expect(try await place.run("token", "sign-out").words.contains("Nobody was signed in."))
    }
  }

  @Test("A tenant that we act in as the app needs nobody's sign-in: 78")
  func application() async throws {
    try await use { place, _ in
      try actAsApp(place)
      for arguments in [["token", "sign-in"], ["token", "sign-in", place.tenants[0].domain]] {
        let outcome = try await place.run(bare: arguments + ["--config", place.configuration])
        #expect(outcome.status == 78, "\(outcome.words)")
        #expect(outcome.words.contains("\"context\": \"user\""), "\(outcome.words)")
      }
    }
  }

  @Test("A device's code and its page stand on standard error before anything is waited for")
  func device() async throws {
    try await use(isKept: false) { place, _ in
      place.lab.answer(device: .auto)
      let outcome = try await place.run("token", "sign-in", "--device-code")
      #expect(outcome.status == 0, "\(outcome.words)")
      #expect(outcome.words.contains("type this code"))
      #expect(outcome.words.contains("/devicelogin"))
      #expect(outcome.words.contains("Only type a code that you asked for yourself"))
      #expect(outcome.words.contains("It lasts for this run alone, which ends here. Sign in with I in the console"))
    }
  }

  @Test(
    "Invariants 6 and 7: code, verifier, refresh token and passphrase in no file, log, output, screen, argument or environment"
  )
  func canary() async throws {
    try await use { place, browser in
      let log = place.home.appending(path: "log.txt").path
      let logged = ["--log-file", log, "--log-level", "trace", "--config", place.configuration]
      var said = Data()
      for command in [
        ["token", "sign-in"], ["consent", "check"], ["incidents", "list"], ["token", "inspect", place.tenants[0].id],
      ] {
        let outcome = try await place.run(bare: command + logged, environment: ["BROWSER": browser])
        #expect(outcome.status == 0, "\(outcome.words)")
        said += Data((outcome.output + outcome.words).utf8)
      }
      said += try await onThread {
        let terminal = try place.console("--log-file", log, "--log-level", "trace")
        try terminal.readUntil(contains: "ok 2", within: Workplace.patience)
        try terminal.write("q")
        _ = try terminal.waitForExit(within: Workplace.patience)
        return Data(terminal.transcript)
      }
      let canaries = place.lab.world.people.withLock { people in
        Array(people.refreshTokens.keys) + Array(people.codes.keys)
      }
      #expect(canaries.count >= 3, "the lab handed out codes and refresh tokens")
      let challenge = try #require(
        String(decoding: said, as: UTF8.self).split(separator: "code_challenge=").dropFirst().first?.prefix(43))
      var places: [(String, Data)] = [("output", said)]
      let all = try #require(FileManager.default.enumerator(atPath: place.home.path))
      for case let name as String in all where !["secret", "passphrase"].contains(name) {
        if let bytes = FileManager.default.contents(atPath: place.home.path + "/" + name) {
          places.append((name, bytes))
        }
      }
      #expect(places.contains { $0.0 == "browser.env" } && places.contains { $0.0 == "log.txt" })
      #expect(
        places.contains { $0.0.hasPrefix("state/") && $0.0.contains("sign-in") }, "the sign-in itself was looked at")
      for (name, bytes) in places {
        for canary in canaries + ["canary-passphrase-7c1", "eyJ"] {
          #expect(bytes.range(of: Data(canary.utf8)) == nil, "\(name) holds \(canary.prefix(12))…")
        }
        #expect(!holdsVerifier(bytes, of: String(challenge)), "\(name)")
      }
    }
  }

  /// Whether a text stands in `bytes` of which the challenge is the hash.
  private func holdsVerifier(_ bytes: Data, of challenge: String) -> Bool {
    func isPart(_ byte: UInt8) -> Bool {
      byte == 45 || byte == 95 || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    // It would stand between other signs: as a form's value, in quotes, on a line of its own.
    return bytes.split(whereSeparator: { !isPart($0) }).contains { word in
      guard word.count == 43, let hash = try? Digest.sha256(Data(word)) else { return false }
      let encoded = Data(hash).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      return encoded.replacing("=", with: "") == challenge
    }
  }
}
