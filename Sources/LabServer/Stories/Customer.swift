/// The people, machines and habits of one tenant, all derived from its seed.
struct Customer {
  let tenant: LabTenant
  let seed: UInt64
  let culture: Culture
  /// Short name, as in host names and the NT domain.
  let code: String
  let mailDomain: String
  let ntDomain: String
  let domainSID: String
  let subscription: String
  private let hostStyle: Int

  init(_ tenant: LabTenant, seed: UInt64) {
    self.tenant = tenant
    self.seed = seed
    culture = Culture.of(tenant, seed: seed)
    let label = tenant.domain.split(separator: ".").first.map(String.init) ?? "tenant"
    let folded = asciiFolded(label)
    let letters = folded.isEmpty ? "tenant" : folded
    code = String(letters.prefix(3)).uppercased()
    ntDomain = String(letters.prefix(12)).uppercased()
    mailDomain = tenant.domain
    var chance = Chance(seed, 0xC057)
    domainSID =
      "S-1-5-21-\(1_000_000_000 + chance.below(999_999_999))-\(chance.below(999_999_999))-\(chance.below(999_999_999))"
    subscription = chance.guid()
    hostStyle = chance.below(4)
  }

  func user(_ number: Int) -> User {
    var chance = Chance(seed, 0x05E4, UInt64(number))
    // Every pair of names once, in an order of its own; then again, told apart by a number as directories do.
    let pairs = culture.first.count * culture.last.count
    let pair = (number * 37 + Int(seed % 1000)) % pairs
    let first = culture.first[pair / culture.last.count]
    let last = culture.last[pair % culture.last.count]
    let suffix = number < pairs ? "" : String(number / pairs + 1)
    let account = "\(asciiFolded(first)).\(asciiFolded(last))\(suffix)"
    return User(
      account: account, displayName: "\(first) \(last)", upn: "\(account)@\(mailDomain)",
      sid: "\(domainSID)-\(1100 + number)", azureID: chance.guid(), directoryID: chance.guid())
  }

  func device(_ number: Int, isServer: Bool = false) -> Device {
    var chance = Chance(seed, isServer ? 0x5E44 : 0xDE71, UInt64(number))
    let digits = padded(chance.below(9000) + 100, 4)
    let role = chance.pick(["fs", "dc", "sql", "web", "app", "ex"])
    let name =
      switch hostStyle {
      case 0: isServer ? "\(code)-SRV-\(role.uppercased())\(digits.suffix(2))" : "\(code)-LT-\(digits)"
      case 1: isServer ? "srv\(role)\(digits.suffix(3)).\(code.lowercased())" : "ws\(digits)"
      case 2:
        isServer
          ? "\(culture.country)\(code)\(role.uppercased())\(digits.suffix(3))" : "DESKTOP-\(chance.hex(7).uppercased())"
      default: isServer ? "\(role)-\(digits.suffix(2))-prod" : "\(code.lowercased())nb\(digits)"
      }
    let release = chance.pick(isServer ? Release.servers : Release.clients)
    return Device(
      name: name.split(separator: ".").first.map(String.init) ?? name,
      dnsDomain: "corp.\(mailDomain)", isServer: isServer, azureID: chance.guid(), mdeID: chance.hex(40),
      release: release, lastOctets: "\(16 + chance.below(8)).\(chance.below(250)).\(2 + chance.below(250))",
      group: chance.pick(["UnassignedGroup", "Workstations", "Tier 1", "\(culture.city)"]),
      groupID: 10 + chance.below(90), vm: isServer ? chance.guid() : nil)
  }
}

struct User {
  var account: String
  var displayName: String
  var upn: String
  var sid: String
  var azureID: String
  var directoryID: String
}

struct Device {
  var name: String
  var dnsDomain: String
  var isServer: Bool
  var azureID: String
  var mdeID: String
  var release: Release
  var lastOctets: String
  var group: String
  var groupID: Int
  /// The virtual machine's id where the device is one.
  var vm: String?

  var dnsName: String { "\(name.lowercased()).\(dnsDomain)" }
  var address: String { "10.\(lastOctets)" }
}

/// A release of Windows: the names that Defender has for it, and its build number.
struct Release {
  var platform: String
  var version: String
  var build: Int

  static let clients = [
    Release(platform: "Windows10", version: "22H2", build: 19045),
    Release(platform: "Windows11", version: "23H2", build: 22631),
    Release(platform: "Windows11", version: "24H2", build: 26100),
  ]
  static let servers = [
    Release(platform: "WindowsServer2019", version: "1809", build: 17763),
    Release(platform: "WindowsServer2022", version: "21H2", build: 20348),
    Release(platform: "WindowsServer2025", version: "24H2", build: 26100),
  ]
}

/// The people, machines and traces of one incident.
struct Cast {
  let customer: Customer
  let seed: UInt64
  private let isHostile: Bool
  /// How many people there are, and as many workstations; and how many servers.
  private static let population = 180
  private static let servers = 12

  init(_ customer: Customer, incident seed: UInt64, isHostile: Bool = false) {
    self.isHostile = isHostile
    self.customer = customer
    self.seed = seed
  }

  func user(_ number: Int) -> User {
    var user = customer.user(drawn(number, of: Self.population, 0x05E4))
    if let text = hostile(number + 3) { user.displayName = text }
    return user
  }

  func device(_ number: Int) -> Device {
    var device = customer.device(drawn(number, of: Self.population, 0xDE71))
    if let text = hostile(number + 11) { device.name = text }
    return device
  }

  func server(_ number: Int) -> Device {
    customer.device(drawn(number, of: Self.servers, 0x5E44), isServer: true)
  }

  /// A member of a population for each number, never the same one for two numbers: the steps are primes that share no
  /// factor with the size of a population.
  private func drawn(_ number: Int, of population: Int, _ purpose: UInt64) -> Int {
    var chance = Chance(seed, purpose)
    let first = chance.below(population)
    return (first + number * chance.pick([7, 11, 13, 17, 19, 23, 29, 31])) % population
  }

  /// Text of an attacker instead of an honest name, in the incidents that are about it.
  func hostile(_ place: Int) -> String? {
    guard isHostile else { return nil }
    return HostileText.sample(Int(seed % 1000) + place)
  }

  /// A hash that belongs to a name: the same file has the same hash throughout a story, and for the traces that
  /// several customers share, everywhere.
  func hash(of name: String, digits: Int) -> String {
    var chance = Chance(isShared ? campaign : seed, stableHash(name), UInt64(digits))
    return chance.hex(digits)
  }

  func attackerAddress(_ number: Int) -> String {
    var chance = Chance(isShared ? campaign : seed, 0x19, UInt64(number))
    // The three blocks that RFC 5737 reserves for documentation.
    return "\(chance.pick(["192.0.2", "198.51.100", "203.0.113"])).\(1 + chance.below(253))"
  }

  var attackerDomain: String {
    var chance = Chance(isShared ? campaign : seed, 0xD0)
    let left = chance.pick(["login", "secure", "cdn", "update", "portal", "files", "auth", "mail"])
    let right = chance.pick(["verify", "sharepoint-docs", "msauth", "invoice", "static", "support", "cloudsync"])
    return "\(left)-\(right)\(chance.below(90) + 10).example"
  }

  /// Half of all incidents belong to one of a dozen campaigns that hit several customers.
  private var isShared: Bool { seed & 1 == 0 }
  private var campaign: UInt64 { 0xCA_4A_16 &+ (seed >> 1) % 12 }

  func guid(_ purpose: String) -> String {
    var chance = Chance(seed, stableHash(purpose))
    return chance.guid()
  }

  func number(_ purpose: String, below bound: Int) -> Int {
    var chance = Chance(seed, stableHash(purpose))
    return chance.below(bound)
  }

  /// Fills `{user}`, `{device}`, `{server}`, `{ip}`, `{domain}`, `{company}`, and their numbered forms like `{user2}`.
  func fill(_ template: String) -> String {
    guard template.utf8.contains(UInt8(ascii: "{")) else { return template }
    var filled = ""
    var rest = template[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      filled += rest[..<open]
      let key = rest[rest.index(after: open)..<close]
      filled += value(key) ?? "{\(key)}"
      rest = rest[rest.index(after: close)...]
    }
    return filled + rest
  }

  private func value(_ key: Substring) -> String? {
    let number = key.last?.wholeNumberValue ?? 1
    switch key.prefix(while: { !$0.isNumber }) {
    case "user": return user(number).displayName
    case "account": return user(number).account
    case "upn": return user(number).upn
    case "device": return device(number).name
    case "server": return server(number).name
    case "ip": return attackerAddress(number)
    case "domain": return attackerDomain
    case "company": return customer.tenant.name
    case "mail": return customer.mailDomain
    case "nt": return customer.ntDomain
    default: return nil
    }
  }
}
