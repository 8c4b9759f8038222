/// The page on which a tenant's admin grants our app what it asks for.
///
/// Source: Entra ID, `GET /{tenant}/v2.0/adminconsent`; only a `/.default` scope asks for application permissions.
public struct AdminConsentLink: Hashable, Sendable {
  public var url: String

  /// - Parameter state: comes back byte for byte, so that whoever serves the page knows which link it was: one that
  ///   nobody can guess, and another one for each link.
  /// - Returns: `nil` without a `consentRedirect` in the app's configuration: the service demands one.
  public init?(app: AppRegistration, tenant: TenantID, state: String) {
    guard let redirect = app.consentRedirect else { return nil }
    self.init(app: app, tenant: tenant, redirect: redirect, state: state)
  }

  /// The same that ends on another registered page.
  public init(app: AppRegistration, tenant: TenantID, redirect: String, state: String) {
    url =
      "\(app.endpoints.authority)/\(tenant)/v2.0/adminconsent"
      + "?client_id=\(percentEncoded(app.clientID))"
      + "&scope=\(percentEncoded(app.endpoints.graphResource + "/.default"))"
      + "&redirect_uri=\(percentEncoded(redirect))"
      + "&state=\(percentEncoded(state))"
  }
}

/// Everything but the unreserved characters of RFC 3986 as percent escapes.
private func percentEncoded(_ text: String) -> String {
  var encoded = ""
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      encoded.unicodeScalars.append(Unicode.Scalar(byte))
    default:
      let digits = String(byte, radix: 16, uppercase: true)
      encoded += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
    }
  }
  return encoded
}
