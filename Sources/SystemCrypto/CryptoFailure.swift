import COpenSSL

/// What the system's OpenSSL did not do.
package enum CryptoFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The library's file is not on this machine, or is not the version that this program was built for.
  case libraryMissing(file: String)
  /// What was to be done, and what the library says of it.
  case refused(String, reason: String)

  package var description: String {
    switch self {
    case .libraryMissing(let file): "OpenSSL's \(file) cannot be opened. Install it: apt-get install libssl3"
    case .refused(let task, let reason): "OpenSSL could not \(task)\(reason.isEmpty ? "" : ": \(reason)")"
    }
  }

  /// Opens what hashes, keys and certificates need, if that was not done yet.
  ///
  /// - Throws: `.libraryMissing`.
  package static func checkLibrary() throws(CryptoFailure) {
    guard copenssl_open() == 1 else { throw .libraryMissing(file: String(cString: copenssl_file)) }
  }

  static var isLibraryOpen: Bool { copenssl_open() == 1 }

  /// Opens what TLS needs, if that was not done yet.
  ///
  /// - Throws: `.libraryMissing`.
  package static func checkTlsLibrary() throws(CryptoFailure) {
    try checkLibrary()
    guard copenssl_open_tls() == 1 else { throw .libraryMissing(file: String(cString: copenssl_tls_file)) }
  }

  /// The failure of the call that this thread made last.
  static func last(_ task: String) -> CryptoFailure {
    do throws(CryptoFailure) { try checkLibrary() } catch { return error }
    var text = [CChar](repeating: 0, count: 256)
    copenssl_take_reason(&text, text.count)
    return .refused(task, reason: String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
  }
}

extension [UInt8] {
  /// Copies what the library gave and releases it.
  init(taking bytes: COpenSSLBytes, _ task: String) throws(CryptoFailure) {
    guard let start = bytes.bytes else { throw .last(task) }
    self.init(UnsafeBufferPointer(start: start, count: bytes.count))
    copenssl_release_bytes(bytes)
  }
}
