import Foundation
import Testing

/// The other side of a TLS connection: a few lines of Python, whose `ssl` tells a said end from one without a word.
enum TlsPeer {
  /// What every script begins with. The root comes as a file's name, since Python reads no other.
  private static let beginning = """
    import os, socket, ssl, sys
    port, root = int(sys.argv[1]), sys.argv[2]

    def settings(version=None):
        context = ssl.create_default_context(cafile=root)
        if version:
            context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
        return context

    def plain():
        return socket.create_connection(("127.0.0.1", port), timeout=30)

    def call(version=None, context=None):
        context = context or settings(version)
        return context.wrap_socket(plain(), server_hostname="localhost", suppress_ragged_eofs=False)

    def rest(connection):
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)

    def request(line="GET /lab/violations", headers="", body=b""):
        length = f"Content-Length: {len(body)}\\r\\n" if body else ""
        return f"{line} HTTP/1.1\\r\\nHost: localhost\\r\\n{length}{headers}\\r\\n".encode() + body

    last = "Connection: close\\r\\n"

    class Hand:
        "TLS without a socket, so that what is sent when is in our hand."
        def __init__(self):
            self.received, self.toSend = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = settings().wrap_bio(self.received, self.toSend, server_hostname="localhost")
            self.socket = plain()
        def attempt(self, step):
            try:
                return step()
            except ssl.SSLWantReadError:
                return None
        def send(self):
            self.socket.sendall(self.toSend.read())
        def shake(self):
            while self.attempt(lambda: self.tls.do_handshake() or True) is None:
                self.send()
                self.received.write(self.socket.recv(65536))
            self.send()

    """

  /// Runs `script` against a server on `port`; it fails the test when it fails, and what it prints is returned.
  static func run(
    _ script: String, port: Int, root: String, meanwhile: (@Sendable () async -> Void)? = nil
  ) async throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(path: "root-\(UUID().uuidString).pem")
    try root.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let peer = Program("python3", ["-c", beginning + script, String(port), file.path])
    let outcome = try await peer.run(meanwhile: meanwhile)
    #expect(outcome.status == 0, "\(outcome.words)")
    return outcome.output
  }
}
