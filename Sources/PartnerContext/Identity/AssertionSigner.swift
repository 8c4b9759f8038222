import PartnerModel

/// Signs one assertion after the other.
///
/// Many tenants that want one at once have them made in one go, by one thread that has the key's numbers at hand,
/// instead of each between other work.
actor AssertionSigner {
  /// - Throws: `.credentialUnreadable` when OpenSSL cannot sign.
  func sign(_ assertion: ClientAssertion) throws(PartnerError) -> Secret { try assertion.signed() }
}
