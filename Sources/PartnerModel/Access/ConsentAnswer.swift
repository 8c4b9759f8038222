/// What the consent page came back with: never a proof, only a reason to ask for a token, or not to (rule T9).
public enum ConsentAnswer: Hashable, Sendable {
  /// It speaks of success.
  case accepted
  case ended(ConsentRequestEnd)

  /// - Parameters:
  ///   - items: of the redirect's query, decoded, in their order. Whose they are is proven by its one-time state.
  ///   - tenant: the one that was asked for.
  ///
  /// Source: Entra ID, "Admin consent on the Microsoft identity platform". A failure carries `admin_consent=True` as
  /// well, so `error` counts first. `tenant` comes from the browser: another one than was asked for ends the request,
  /// what is no GUID says nothing.
  public init(_ items: [(name: String, value: String)], tenant: TenantID) {
    func values(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }
    let errors = values("error").filter { !$0.isEmpty }
    if let error = errors.first {
      self = .ended(Self.end(error, subcode: values("error_subcode").first, values("error_description").first ?? ""))
      return
    }
    let consents = values("admin_consent")
    guard !consents.isEmpty, consents.allSatisfy({ $0.lowercased() == "true" }) else {
      let words = consents.isEmpty ? "the page says neither yes nor no" : "the page says that nothing was granted"
      self = .ended(.refused(error: "admin_consent", words: words))
      return
    }
    let others = values("tenant").filter { TenantID($0).map { $0 != tenant } ?? false }
    self = others.first.map { .ended(.otherTenant($0)) } ?? .accepted
  }

  /// Numbers may change, so that words decide where they are clear.
  private static func end(_ error: String, subcode: String?, _ words: String) -> ConsentRequestEnd {
    switch number(in: words) {
    case 65_004: return .declined
    case 90_094, 90_095, 90_093: return .insufficientRights
    default: break
    }
    if error == "permission_denied" || subcode == "cancel" { return .declined }
    return .refused(error: String(error.prefix(longest)), words: String(words.prefix(longest)))
  }

  /// Characters of the service's words that are kept.
  private static let longest = 300

  /// The AADSTS number at the beginning of a description.
  private static func number(in words: String) -> Int? {
    guard let start = words.firstRange(of: "AADSTS")?.upperBound else { return nil }
    return Int(words[start...].prefix { ("0"..."9").contains($0) }.prefix(9))
  }
}
