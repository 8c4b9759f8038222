import Foundation
import Testing

/// A folder with certificates that the `openssl` program made, each with its key.
struct CertificateFolder {
  let path: String

  /// - Parameter names: for each there is `NAME.crt` and `NAME.key`, for 90 days from now.
  static func with<Result>(
    _ names: String..., body: (CertificateFolder) async throws -> Result
  ) async throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "certificates-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: url) }
    let folder = CertificateFolder(path: url.path)
    for name in names { try folder.make(name) }
    return try await body(folder)
  }

  func make(_ name: String, _ kind: String = "rsa:2048") throws {
    try shell(
      """
      openssl req -x509 -newkey \(kind) -nodes -keyout \(name).key -out \(name).crt -days 90 -utf8 -subj "/O=Örnek/CN=\(name)"
      chmod 644 \(name).crt
      """)
  }

  /// Runs bash in the folder; what it makes is 0600.
  func shell(_ script: String) throws {
    // Not Foundation's own way: where many connections are open beside, it reads past the list of descriptors.
    let text = "set -e; cd '\(path)'; umask 077; { \(script)\n} >/dev/null 2>log"
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("bash"), strdup("-c"), strdup(text), nil]
    var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/local/bin:/usr/bin:/bin"), nil]
    defer { for pointer in arguments + environment { free(pointer) } }
    // The threads of tasks block signals; a program that waits for its children by them would wait for ever.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var child: pid_t = 0
    let failure = posix_spawn(&child, "/bin/bash", nil, &attributes, &arguments, &environment)
    try #require(failure == 0)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    try #require(status == 0, "\(script)")
  }

  func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }
  func file(_ name: String) -> String { "\(path)/\(name)" }
}
