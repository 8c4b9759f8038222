package import FoundationEssentials

/// A client secret of the app beside its first one.
package struct LabClientSecret: Hashable, Sendable {
  package var text: String
  /// From then on it is refused; nil: it lasts.
  package var ends: Date?

  package init(_ text: String, ends: Date? = nil) {
    self.text = text
    self.ends = ends
  }
}

/// Somebody whose tokens the app's registration trusts in place of a secret.
///
/// Source: Microsoft Graph v1.0, `federatedIdentityCredential`.
package struct LabFederatedCredential: Hashable, Sendable {
  package enum Issuer: Hashable, Sendable {
    /// The lab's own OpenID provider; see `LabServer.issuer`.
    case lab
    /// The partner's own directory, for its managed identity.
    case homeTenant
    /// Nobody whom the lab can ask for keys.
    case other(String)
  }

  package static let audience = "api://AzureADTokenExchange"
  /// What the lab's provider calls the workload that the console is.
  package static let workload = "system:serviceaccount:partner:console"

  package var issuer: Issuer
  /// Nil with `homeTenant`: the managed identity's principal, whichever that is.
  package var subject: String?
  package var audiences: [String]

  package init(_ issuer: Issuer, subject: String? = nil, audiences: [String] = [Self.audience]) {
    self.issuer = issuer
    self.subject = subject
    self.audiences = audiences
  }

  package static let workloadIdentity = LabFederatedCredential(.lab, subject: workload)
  package static let managedIdentity = LabFederatedCredential(.homeTenant)
}
