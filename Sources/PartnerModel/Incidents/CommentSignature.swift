/// Tells who wrote a comment where the service would name the app alone.
public struct CommentSignature: Hashable, Sendable {
  /// The line under the text.
  public let line: String

  /// - Parameter upn: the operator's; `nil` where the configuration names none.
  /// - Returns: `nil` in a tenant where a person acts, whom the service names itself.
  public init?(in tenant: Tenant, operator upn: String?) {
    guard tenant.context == .application else { return nil }
    line = "— " + [upn, upn == nil ? "partner-console" : "(partner-console)"].compactMap(\.self).joined(separator: " ")
  }

  /// `text` as it is sent.
  public func under(_ text: String) -> String { "\(text)\n\n\(line)" }
}

extension IncidentAction {
  /// The same with its comment signed; one without a comment stays as it is.
  public func signed(with signature: CommentSignature?) -> IncidentAction {
    guard let signature else { return self }
    func signed(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : signature.under($0) } }
    return switch self {
    case .update, .updateAlert: self
    case .comment(let text): .comment(signature.under(text))
    case .commentAlert(let id, let text): .commentAlert(id: id, signature.under(text))
    case .merge(let others, let comment, let reasons):
      .merge(others: others, comment: signed(comment), reasons: reasons)
    case .moveAlerts(let ids, let target, let comment, let reasons):
      .moveAlerts(ids: ids, to: target, comment: signed(comment), reasons: reasons)
    }
  }
}
