package import FoundationEssentials

/// A rule of the service, or of good manners, that a request has broken.
package struct LabViolation: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    case crossTenantToken, crossTenantLink, crossTenantId
    case missingPrefer, overLimit, beforeRetryAfter
    case writeWithoutRead, lostTag, repeatedComment, repeatedWrite, repeatedMerge, repeatedMove
    case tokenSentToAuthority
    case refreshTokenReused, polledTooFast, verifierMissing, secretInURL
  }

  package var time: Date
  /// GUID of the tenant whose token was used, empty when there was none.
  package var tenant: String
  package var kind: Kind
  package var detail: String
  package var requestID: String

  package var description: String { "\(kind.rawValue) in \(tenant): \(detail) (\(requestID))" }
}

/// What was wrong when a lab closed.
package struct LabViolations: Error, CustomStringConvertible {
  package var list: [LabViolation]

  package var description: String { list.map(\.description).joined(separator: "\n") }
}
