import Foundation
import LabServer
import Testing

extension Workplace {
  static let home = "d757e467-091b-4bbe-8042-1f1e2fbe5f33"

  /// Lends a workplace in whose tenants people act, and whose sign-in is kept from one run to the next. The lab signs the
  /// operator in without asking.
  static func withPeople(_ options: LabOptions, _ body: (Workplace) async throws -> Void) async throws {
    var options = options
    options.homeTenant = home
    options.isPublicClient = true
    options.users = [LabUser(upn, name: "Anna")]
    try await with(
      options,
      change: { root in
        var app = root["app"] as? [String: Any] ?? [:]
        app["credentials"] = [["type": "none"]]
        root["app"] = app
        root["signIn"] = ["store": "file", "passphrase": ["file": "passphrase"]]
        root["tenants"] = (root["tenants"] as? [[String: Any]] ?? []).map { $0.merging(["context": "user"]) { $1 } }
      }
    ) { place in
      place.lab.answer(signIn: .auto)
      #expect(
        FileManager.default.createFile(
          atPath: place.home.appending(path: "passphrase").path, contents: Data("a passphrase of the test".utf8),
          attributes: [.posixPermissions: 0o600]))
      try await body(place)
    }
  }

  /// A browser that goes where the page leads, and shows nothing: the variable that names it.
  func browser() -> [String: String] {
    let path = home.appending(path: "browser").path
    let script = "#!/bin/sh\nexec curl -sL -o \"\(home.path)/page.html\" \"$1\"\n"
    #expect(
      FileManager.default.createFile(
        atPath: path, contents: Data(script.utf8), attributes: [.posixPermissions: 0o700]))
    return ["BROWSER": path]
  }
}
