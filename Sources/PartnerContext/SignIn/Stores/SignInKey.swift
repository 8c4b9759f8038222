import SystemCrypto

/// The key of a file of sign-ins, derived once a run: the passphrase itself is not kept.
struct SignInKey: Sendable {
  let derivation: PasswordKey
  let salt: [UInt8]
  /// By which it is known again.
  let check: [UInt8]
  /// In locked memory.
  let secret: Secret

  /// Takes a tenth of a second or more.
  init(from passphrase: Secret, salt: [UInt8], _ derivation: PasswordKey) throws(CryptoFailure) {
    var outcome: Result<Void, CryptoFailure> = .success(())
    let derived = Secret(capacity: SealedBytes.keyCount + SealedSignIn.checkCount, into: .process) { room in
      outcome = Result { () throws(CryptoFailure) in
        try passphrase.withBytes { passphrase throws(CryptoFailure) in
          try derivation.derive(from: passphrase, salt: salt, into: room)
        }
      }
      return room.count
    }
    try outcome.get()
    (self.derivation, self.salt) = (derivation, salt)
    check = derived.withBytes { Array($0.suffix(SealedSignIn.checkCount)) }
    secret = derived.withBytes {
      Secret(copying: UnsafeRawBufferPointer(rebasing: $0.prefix(SealedBytes.keyCount)), into: .process)
    }
  }

  /// Whether it was derived as the file says.
  func isOf(_ file: SealedSignIn) -> Bool { salt == file.salt && derivation == file.derivation }
}
