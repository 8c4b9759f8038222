/// What the token endpoint's refusals mean: one table for the state, the words and the next step.
///
/// Source: Entra ID error reference, and the consent probe built on it.
public enum RefusalTable {
  /// Every AADSTS number that the table knows, the lowest first.
  public static var codes: [Int] { meanings.keys.sorted() }

  /// `nil` for a number that it does not know.
  public static func meaning(of code: Int) -> RefusalMeaning? { meanings[code] }

  /// What is certain without a number: the service's `suberror` tells more than its `error`.
  public static func meaning(error: String?, suberror: String?) -> RefusalMeaning? {
    suberror.flatMap { words[$0] } ?? error.flatMap { words[$0] }
  }

  /// The number that tells most: the first that is known, else the first.
  public static func telling(_ codes: [Int]) -> Int? { codes.first { meanings[$0] != nil } ?? codes.first }

  private static let meanings: [Int: RefusalMeaning] = {
    var all: [Int: RefusalMeaning] = [:]
    for (codes, meaning) in consent + app + credential + directory + policy + signIn + service {
      for code in codes { all[code] = meaning }
    }
    return all
  }()
}

extension RefusalTable {
  typealias Entry = (codes: [Int], meaning: RefusalMeaning)

  static let sendLink = "Send the consent link to the tenant's admin: partner-console consent link prints it."

  /// What the tenant's admin has not granted, or has taken back.
  private static let consent: [Entry] = [
    ([65_001], .init(.missing, .customer, "nobody has consented to the app", sendLink)),
    (
      [65_004],
      .init(
        .missing, .customer, "the consent was declined",
        "Ask the tenant's admin to open the consent link again and to accept.")
    ),
    (
      [650_051],
      .init(
        .missing, .customer, "an old entry of the app stands in the way of the consent",
        "Wait some minutes, then ask for consent again; if it stays, have the tenant's admin remove the stale enterprise application."
      )
    ),
    ([7_000_229], .init(.missing, .customer, "no consent: the app is not in the tenant", sendLink)),
    (
      [700_016, 70_001],
      .init(
        .missing, .customer, "the app is not known in the tenant",
        "Send the consent link to the tenant's admin; if they consented, check app.clientId.")
    ),
    (
      [90_094, 90_095],
      .init(
        .missing, .customer, "an admin of the tenant has to approve", "Ask an admin of the tenant to approve the app.")
    ),
    (
      [90_099],
      .init(
        .missing, .customer, "the app is not approved in the tenant for delegated administration",
        "Send the consent link to the tenant's admin, or consent for them in Partner Center.")
    ),
    (
      [501_051],
      .init(
        .notGranted, .customer, "no permission is granted to the app",
        "Have the tenant's admin grant the app's permissions: send the consent link.")
    ),
    (
      [7_000_112],
      .init(
        .disabled, .customer, "the tenant disabled the app",
        "Ask the tenant's admin to enable the enterprise application again.")
    ),
    (
      [500_014],
      .init(
        .disabled, .customer, "the tenant disabled Microsoft Graph",
        "Ask the tenant's admin to enable Microsoft Graph in their enterprise applications, or to renew the subscription."
      )
    ),
    (
      [650_052],
      .init(
        .unlicensed, .customer, "the tenant has no subscription to the service",
        "Ask the customer about the Defender licence, or exclude the tenant.")
    ),
    (
      [650_054, 500_011],
      .init(
        .unlicensed, .customer, "the service is not in the tenant",
        "Check that the tenant has the service: its licence, and the cloud of its app.")
    ),
  ]

  /// What our registration, or what we ask for by it, lacks.
  private static let app: [Entry] = [
    (
      [65_005, 650_057],
      .init(
        .appProblem, .partner, "our app registration does not ask for this service",
        "Add the service to the API permissions of the app registration, then ask for consent again.")
    ),
    (
      [650_056],
      .init(
        .appProblem, .partner, "our app registration asks for no permission, or nobody has consented to it",
        "Fix the API permissions of the app registration, then ask for consent again.")
    ),
    (
      [70_011, 1_002_012, 700_022, 28_002],
      .init(
        .appProblem, .partner, "the scope that we ask for is not valid",
        "Check app.cloud in the configuration: it decides which resource's scope is asked for.")
    ),
    (
      [9_001_023],
      .init(
        .appProblem, .partner, "such a token is given for one tenant only",
        "Write the tenant's GUID as its id in the configuration.")
    ),
    (
      [901_002, 900_144, 9_000_411, 900_561, 70_003, 90_014],
      .init(
        .appProblem, .partner, "the request did not come to Entra ID as this program makes it",
        "Check what stands between this machine and Entra ID: a proxy may change requests.")
    ),
    (
      [50_011],
      .init(
        .appProblem, .partner, "the address to come back to is not registered",
        "Register the address that was used with the app registration, exactly as it is written.")
    ),
  ]

  /// What we prove ourselves with.
  private static let credential: [Entry] = [
    (
      [7_000_215],
      .init(
        .credentialProblem, .partner, "our secret is wrong",
        "Put the secret's value, not its id, where app.credentials says: it concerns every tenant.")
    ),
    (
      [7_000_222],
      .init(
        .credentialProblem, .partner, "our secret has expired",
        "Create a new secret and put it where app.credentials says: it concerns every tenant.")
    ),
    (
      [7_000_218],
      .init(
        .credentialProblem, .partner, "no credential came with the request",
        "Configure a credential in app.credentials: the service got none.")
    ),
    (
      [700_025],
      .init(
        .credentialProblem, .partner, "our app registration takes no credential",
        "Use an app registration that is no public client: such a one takes no credential.")
    ),
    (
      [700_027],
      .init(
        .credentialProblem, .partner, "our certificate is not accepted",
        "Upload the certificate to the app registration; check its thumbprint and its end.")
    ),
    (
      [700_024],
      .init(
        .credentialProblem, .partner, "our assertion is outside its time",
        "Set this machine's clock: the credential is outside its time; a federated token must be written anew by then.")
    ),
    (
      [700_030],
      .init(
        .credentialProblem, .partner, "our certificate's name is not one that the app registration trusts",
        "Use a certificate with a subject that the app registration names, or upload the certificate itself.")
    ),
    (
      [50_012, 50_027, 50_048, 700_021, 700_023],
      .init(
        .credentialProblem, .partner, "our assertion cannot be verified",
        "Check app.clientId, and that the certificate with its own key stands where app.credentials says.")
    ),
    (
      [700_229],
      .init(
        .credentialProblem, .partner, "a person's token was given as the app's credential",
        "Give a token of the workload itself, not of a user, where app.credentials says.")
    ),
    (
      [70_021],
      .init(
        .credentialProblem, .partner, "no federated credential of the app fits the token",
        "Compare the token's issuer, subject and audience with the federated credentials of the app registration.")
    ),
    (
      [700_211],
      .init(
        .credentialProblem, .partner, "no federated credential of the app has the token's issuer",
        "Write the token's issuer into the federated credential of the app registration, exactly as it is.")
    ),
    (
      [700_212],
      .init(
        .credentialProblem, .partner, "no federated credential of the app has the token's audience",
        "Have the token issued for the audience of the federated credential, mostly api://AzureADTokenExchange.")
    ),
    (
      [700_213],
      .init(
        .credentialProblem, .partner, "no federated credential of the app has the token's subject",
        "Write the token's subject into the federated credential of the app registration, exactly as it is.")
    ),
  ]

  /// Where the tenant is.
  private static let directory: [Entry] = [
    (
      [90_002],
      .init(
        .tenantNotFound, .partner, "no such tenant in this cloud",
        "Check the tenant id, or move the tenant to the app of its cloud.")
    ),
    (
      [900_023],
      .init(
        .tenantNotFound, .partner, "the tenant's id is neither a GUID nor a domain",
        "Fix the tenant's id in the configuration.")
    ),
    (
      [90_038],
      .init(
        .tenantNotFound, .partner, "the tenant lives in another cloud", "Move the tenant to the app of its cloud.")
    ),
  ]
}
