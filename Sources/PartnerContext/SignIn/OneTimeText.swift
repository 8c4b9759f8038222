/// Texts that nobody can guess and that are used once: a sign-in's state, its nonce, the verifier of its code.
package enum OneTimeText {
  /// - Parameter bytes: of chance by the system's generator; 16 are the 128 bits that rule T8 asks for.
  /// - Returns: base64url.
  package static func make(bytes: Int = 16) -> String {
    let text = WipedBytes(capacity: bytes * 2)
    var generator = SystemRandomNumberGenerator()
    let chance = (0..<bytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    chance.withUnsafeBytes { Base64URL.append($0, to: text) }
    return text.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}
