import Foundation
import Glibc

@testable import PartnerContext

/// A session bus of the test's own with gnome-keyring behind it, unlocked with a password; all its files in one folder.
struct KeyringSession {
  let folder: StoreFolder
  let bus: String
  private let process: OtherProcess

  static let programs = ["secret-tool", "gnome-keyring-daemon", "dbus-run-session", "dbus-send"]
  /// What is not installed; `nil` when the test can run.
  static let obstacle: String? = {
    let missing = programs.filter { ProgramPath(nil).program($0) == nil }
    print("Secret Service: \(missing.isEmpty ? "gnome-keyring" : "missing are \(missing.joined(separator: ", "))")")
    return missing.isEmpty ? nil : missing.joined(separator: ", ")
  }()

  /// - Parameters:
  ///   - isKnown: whether the bus knows of a Secret Service.
  ///   - isUnlocked: whether somebody has given the password, which makes the keyring.
  static func with(
    isKnown: Bool = true, isUnlocked: Bool = true, _ body: (KeyringSession) async throws -> Void
  ) async throws {
    try await StoreFolder.with { folder in
      for name in ["home", "run", "bin"] { mkdir(folder.file(name), 0o700) }
      try folder.write(
        Array(
          """
          <busconfig><type>session</type><listen>unix:dir=\(folder.file("run"))</listen>
          <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
          <allow own="*"/></policy></busconfig>
          """.utf8), to: "bus.conf")
      // It goes into the background before it has its name on the bus, and the bus would start another one meanwhile.
      let unlock = """
        printf 'the password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null; \
        until dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
        string:org.freedesktop.secrets | grep -q true; do sleep 0.02; done
        """
      let script = """
        exec dbus-run-session \(isKnown ? "" : "--config-file=\(folder.file("bus.conf"))") -- bash -c \
        "\(isUnlocked ? unlock : ":"); "'echo "$DBUS_SESSION_BUS_ADDRESS"; read -r _' 2>log
        """
      let process = try OtherProcess(script, in: folder.path, environment: Array(variables(folder).dropFirst()))
      guard let bus = process.line() else {
        throw CocoaError(.executableNotLoadable, userInfo: ["log": folder.file("log")])
      }
      let session = KeyringSession(folder: folder, bus: bus, process: process)
      let outcome = await Result(of: { try await body(session) })
      // The bus ends with its session, and the keyring with its bus.
      process.finish()
      try outcome.get()
    }
  }

  /// HOME first.
  private static func variables(_ folder: StoreFolder) -> [String] {
    let home = folder.file("home")
    return [
      "HOME=\(home)", "XDG_RUNTIME_DIR=\(folder.file("run"))", "XDG_DATA_HOME=\(home)/data",
      "XDG_CONFIG_HOME=\(home)/config", "XDG_CACHE_HOME=\(home)/cache",
    ]
  }

  /// What the console would have in its environment here.
  var environment: @Sendable (String) -> String? {
    let lines =
      Self.variables(folder) + ["PATH=\(folder.file("bin")):/usr/bin:/bin", "DBUS_SESSION_BUS_ADDRESS=\(bus)"]
    return { name in lines.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.utf8.count + 1)) } }
  }

  /// Puts a secret-tool of the test's own in front of the real one.
  func replaceTool(_ script: String) throws {
    try folder.write(Array("#!/bin/bash\n\(script)\n".utf8), to: "bin/secret-tool")
    chmod(folder.file("bin/secret-tool"), 0o700)
  }

  /// Locks the keyring, as a desktop does with its screen.
  func lock() throws {
    let sender = try OtherProcess(
      """
      dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
      org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login; echo done
      """, in: folder.path, environment: ["DBUS_SESSION_BUS_ADDRESS=\(bus)"])
    while let line = sender.line(), line != "done" {}
  }
}

extension Result where Failure == any Error {
  fileprivate init(of body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
