import FoundationEssentials
import Synchronization

/// The partner's people as the authority knows them, and everything that it has handed out in their names.
struct People: Sendable {
  /// An account, and what has become of it since the lab began.
  struct Account: Sendable {
    var user: LabUser
    var oid: String
    var isDisabled = false
    var isDeleted = false
    /// Counts how often everything of the account's was revoked.
    var revocations = 0
  }

  /// Somebody who has signed in: what a code or a refresh token stands for.
  struct SignIn: Sendable {
    var upn: String
    var hasMFA: Bool
    /// `Account.revocations` when the person signed in.
    var generation: Int
    var scope: String
    var claims: RequestedClaims
    var nonce: String?
  }

  struct Code: Sendable {
    var signIn: SignIn
    /// As the request's path named the tenant, in lower case.
    var tenantName: String
    var room: Int
    var redirect: String
    var challenge: String?
    var isHashed: Bool
    var ends: Moment
    var isRedeemed = false
  }

  struct RefreshToken: Sendable {
    var signIn: SignIn
    var lastUsed: Moment
    /// When the answer to its first redemption had arrived whole.
    var spent: Moment?
  }

  var accounts: [Account] = []
  var codes: [String: Code] = [:]
  var refreshTokens: [String: RefreshToken] = [:]
  /// Who has signed in with a browser, by its cookie.
  var sessions: [String: SignIn] = [:]
  /// The pages that wait for a person, by a name that only their forms hold.
  var signInPages: [String: LabWorld.SignInPage] = [:]
  var consentPages: [String: LabWorld.ConsentPage] = [:]
  var devices: [String: Device] = [:]
  var signIn = LabAnswerMode.page
  /// How a device code is answered that nobody enters.
  var device = LabAnswerMode.page
  var consent = LabConsentAnswer.page
  /// Whose administrator it is that consents when nobody looks; nil: the one of the tenant that was asked.
  var consentTenant: String?
  /// Who signs in when nobody looks; nil: the first of all.
  var automatic: String?

  func account(_ upn: String) -> Account? { accounts.first { $0.user.upn.lowercased() == upn.lowercased() } }
}

extension LabWorld {
  /// The accounts at the beginning: those of the options, else one operator of the partner's.
  static func firstPeople(_ options: LabOptions, home: TenantRoom?) -> People {
    var users = options.users
    if users.isEmpty, let home { users = [LabUser("anna@\(home.tenant.domain)", name: "Anna Lindqvist")] }
    var people = People()
    people.accounts = users.map { user in
      var chance = Chance(options.seed, 0x0A11, stableHash(user.upn.lowercased()))
      return People.Account(user: user, oid: user.oid ?? chance.guid())
    }
    return people
  }

  /// The account of that name: one of the partner's, or a customer's administrator, who comes with the tenant.
  func account(_ upn: String) -> People.Account? {
    if let known = people.withLock({ $0.account(upn) }) { return known }
    guard upn.lowercased().hasPrefix("admin@"), let room = room(String(upn.dropFirst("admin@".count))) else {
      return nil
    }
    return administrator(of: room)
  }

  /// Who consents in a tenant's name.
  func administrator(of room: TenantRoom) -> People.Account {
    var user = LabUser("admin@\(room.tenant.domain)", name: "Administrator of \(room.tenant.name)")
    user.homeTenant = room.tenant.id
    user.groups = []
    var chance = Chance(room.seed, 0xAD31)
    return People.Account(user: user, oid: chance.guid())
  }

  func homeRoom(of account: People.Account) -> TenantRoom? {
    account.user.homeTenant.map { room($0) } ?? homeRoom
  }
}

enum UUIDText {
  static func random() -> String { UUID().uuidString.lowercased() }
}

/// A text that nobody can guess: what a bearer shows must not be the same in two runs.
func randomText(_ prefix: String, bytes count: Int = 32) -> String {
  var generator = SystemRandomNumberGenerator()
  let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  return prefix + base64URL(Data(bytes))
}
