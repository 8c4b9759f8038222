import COpenSSL

/// Derives keys from passwords with scrypt (RFC 7914).
package struct PasswordKey: Hashable, Sendable {
  /// The logarithm of the cost: memory and time double with each one more.
  package var costLogarithm: Int
  package var blockSize: Int
  package var parallelism: Int

  package init(costLogarithm: Int, blockSize: Int = 8, parallelism: Int = 1) {
    (self.costLogarithm, self.blockSize, self.parallelism) = (costLogarithm, blockSize, parallelism)
  }

  /// Bytes that it may take while it works.
  private static let mostMemory: UInt64 = 192 << 20

  /// Fills `key`, whose length is free.
  ///
  /// - Throws: `.libraryMissing`; `.refused` for numbers that are not allowed or would need more than 192 MiB.
  package func derive(
    from password: UnsafeRawBufferPointer, salt: [UInt8], into key: UnsafeMutableRawBufferPointer
  ) throws(CryptoFailure) {
    let task = "derive a key from a password"
    guard (1...63).contains(costLogarithm), blockSize > 0, parallelism > 0 else {
      throw .refused(task, reason: "the cost is out of range")
    }
    // A text without bytes has no address, and the library takes that for a question.
    let isDerived = withUnsafeBytes(of: UInt8(0)) { nothing in
      copenssl_scrypt(
        password.baseAddress ?? nothing.baseAddress, password.count, salt, salt.count, 1 << UInt64(costLogarithm),
        UInt64(blockSize), UInt64(parallelism), Self.mostMemory, key.baseAddress, key.count)
    }
    guard isDerived == 1 else { throw .last(task) }
  }
}
