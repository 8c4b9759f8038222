extension PartnerError {
  /// What the operator does next, where an AADSTS number tells more than the cause; `nil` for any other number.
  ///
  /// Source: Entra ID error reference.
  var codeAdvice: String? {
    switch code {
    case 65_004: "Ask the tenant's admin to open the consent link again and to accept."
    case 90_094, 90_095: "Ask an admin of the tenant to approve the app."
    case 90_099: "Send the consent link to the tenant's admin, or consent for them in Partner Center."
    case 650_051:
      "Wait some minutes, then ask for consent again; if it stays, have the tenant's admin remove the stale enterprise application."
    case 700_016, 70_001: "Send the consent link to the tenant's admin; if they consented, check app.clientId."
    case 501_051: "Have the tenant's admin grant the app's permissions: send the consent link."
    case 53_003:
      "Ask the tenant's admin which conditional access policy applies\(correlationID.map { ", and quote the correlation id \($0)" } ?? "")."
    case 500_212: "Allow the tenant in the outbound cross-tenant access settings of your own tenant."
    case 500_213: "Ask the tenant's admin to allow your tenant in their inbound cross-tenant access settings."
    case 500_014:
      "Ask the tenant's admin to enable Microsoft Graph in their enterprise applications, or to renew the subscription."
    case 650_054, 500_011: "Check that the tenant has the service: its licence, and the cloud of its app."
    case 900_023: "Fix the tenant's id in the configuration."
    case 90_038: "Move the tenant to the app of its cloud."
    case 70_011, 1_002_012, 700_022, 28_002:
      "Check app.cloud in the configuration: it decides which resource's scope is asked for."
    case 7_000_215: "Put the secret's value, not its id, where app.credentials says: it concerns every tenant."
    case 7_000_222: "Create a new secret and put it where app.credentials says: it concerns every tenant."
    case 7_000_218: "Configure a credential in app.credentials: the service got none."
    case 700_025: "Use an app registration that is no public client: such a one takes no credential."
    case 700_027: "Upload the certificate to the app registration; check its thumbprint and its end."
    case 700_024: "Set this machine's clock: the credential is outside its time."
    default: nil
    }
  }
}
