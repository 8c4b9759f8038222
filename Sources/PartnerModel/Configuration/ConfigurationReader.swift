/// Reads `tenants.json`: JSON with comments and trailing commas, every mistake with its place and its mend.
public struct ConfigurationReader {
  private let file: String
  private let folder: String
  /// What a leading `~/` stands for; `nil` where nobody knows.
  private let home: String?
  var mistakes: [ConfigurationError.Mistake] = []

  /// Reads a configuration's text.
  /// - Parameters:
  ///   - file: its absolute path.
  ///   - folder: what relative paths inside are relative to; `nil` for the file's own folder.
  ///   - home: the user's home folder, for paths that begin with `~/`.
  /// - Throws: `ConfigurationError` with every mistake that was found.
  public static func read(
    _ text: String, file: String, relativeTo folder: String? = nil, home: String? = nil
  ) throws(ConfigurationError) -> Configuration {
    let root: JSONNode
    do {
      root = try JSONReader.read(text, .handwritten)
    } catch {
      throw ConfigurationError(
        file: file,
        mistakes: [
          .init(position: error.position, key: nil, message: "not JSON: \(error.message).", fix: "Mend the text here.")
        ])
    }
    var reader = ConfigurationReader(file: file, folder: folder, home: home)
    let configuration = reader.configuration(root)
    guard let configuration, reader.mistakes.isEmpty else {
      throw ConfigurationError(file: file, mistakes: reader.mistakes)
    }
    return configuration
  }

  private init(file: String, folder: String?, home: String?) {
    self.file = file
    self.folder = folder ?? file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    self.home = home.flatMap { $0.hasPrefix("/") ? $0 : nil }
  }

  private mutating func configuration(_ root: JSONNode) -> Configuration? {
    let fields = ConfigurationFields(node: root, path: "")
    guard fields.isObject else {
      report(root, "", "must be an object.", "Begin with { \"version\": 1, \"app\": …, \"tenants\": [ … ] }.")
      return nil
    }
    fields.checkKeys(["version", "app", "apps", "operator", "signIn", "refresh", "sla", "tenants"], &self)
    if let version = fields.required("version", &self), version.number != 1 {
      report(version, "version", "must be 1.", "Write 1, or use the release that wrote this file.")
    }
    let app = fields.required("app", &self).flatMap { registration($0, path: "app") }
    var apps: [String: AppRegistration] = [:]
    let further = fields.object("apps", &self)?.node.members ?? []
    for member in further {
      let path = "apps.\(member.key)"
      guard let registration = registration(member.value, path: path) else { continue }
      apps[member.key] = registration
      if let app, (app.cloud == .lab) != (registration.cloud == .lab) {
        report(
          member.value["cloud"] ?? member.value, "\(path).cloud", "the lab and a real cloud stand in one file.",
          "Give the lab a file of its own.")
      }
    }
    let person = fields.object("operator", &self)
    person?.checkKeys(["upn"], &self)
    let upn = person?.text("upn", &self)
    if let upn, !upn.contains("@"), let node = root["operator"]?["upn"] {
      report(node, "operator.upn", "is not a UPN.", "Write it like anna@partner.example.")
    }
    let signIn = signInPolicy(fields.object("signIn", &self))
    let refresh = refreshPolicy(fields.object("refresh", &self))
    let sla = slaPolicy(root["sla"], path: "sla")
    let tenants = tenants(fields.required("tenants", &self), app: app, apps: apps, names: Set(further.map(\.key)))
    guard let app else { return nil }
    return Configuration(
      app: app, apps: apps, operatorUPN: upn, refresh: refresh, sla: sla ?? SLAPolicy(), signIn: signIn,
      tenants: tenants)
  }

  private mutating func registration(_ node: JSONNode, path: String) -> AppRegistration? {
    let fields = ConfigurationFields(node: node, path: path)
    guard fields.isObject else {
      report(node, path, "must be an object.", "Write { \"clientId\": …, \"homeTenant\": …, \"cloud\": … }.")
      return nil
    }
    fields.checkKeys(
      [
        "clientId", "homeTenant", "cloud", "api", "credentials", "credential", "permissions", "consentRedirect",
        "budgetShare", "endpoints", "trust",
      ], &self)
    let clientID = fields.guid("clientId", &self)
    let homeTenant = fields.guid("homeTenant", &self)
    var cloud = Cloud.commercial
    if let text = fields.text("cloud", &self), let node = fields.node["cloud"] {
      if let known = Cloud(rawValue: text) {
        cloud = known
      } else if ["china", "21vianet"].contains(text.lowercased()) {
        report(
          node, "\(path).cloud", "no tenant of “\(text)” can be read: \(HomeCloud.chinaReason).",
          "Use another cloud, and leave the tenants of this one out or set \"excluded\": true.")
      } else {
        report(
          node, "\(path).cloud", "“\(text)” is not a cloud.",
          "Use one of \(Cloud.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
    }
    if let api = fields.text("api", &self), api != "graph", let node = fields.node["api"] {
      report(node, "\(path).api", "“\(api)” is not an API of this version.", "Write graph.")
    }
    let endpoints = endpoints(fields, cloud: cloud)
    let credentials = credentials(fields, cloud: cloud, endpoints: endpoints)
    let permissions = permissions(fields)
    var share = 1.0
    if let node = fields.node["budgetShare"] {
      if let number = node.number, number > 0, number <= 1 {
        share = number
      } else {
        report(node, "\(path).budgetShare", "must be above 0 and at most 1.", "Write 1.0 when you work alone.")
      }
    }
    let redirect = consentRedirect(fields)
    let trusted = fields.object("trust", &self)
    trusted?.checkKeys(["caFile"], &self)
    let trust = trusted?.text("caFile", &self).map { text in
      absolute(text, trusted?.node["caFile"], "\(path).trust.caFile")
    }
    guard let clientID, let homeTenant, let endpoints, let credentials else { return nil }
    return AppRegistration(
      clientID: clientID.rawValue, homeTenant: homeTenant, cloud: cloud, endpoints: endpoints,
      credentials: credentials,
      permissions: permissions ?? [.updateIncidents, .readAlerts],
      consentRedirect: redirect,
      budgetShare: share, trustCAFile: trust)
  }

  /// The app roles under `permissions`; one that looks misspelt is told. Others are kept: Graph has many.
  mutating func permissions(_ fields: ConfigurationFields) -> [AppRole]? {
    guard let names = fields.texts("permissions", &self) else { return nil }
    let known = AppRole.known.map(\.rawValue)
    for (index, name) in names.enumerated() where !known.contains(name) {
      guard let meant = known.first(where: { isMisspelling(name, of: $0) }) else { continue }
      let node = fields.node["permissions"]?.array?[index] ?? fields.node
      report(
        node, "\(fields.path).permissions[\(index)]", "“\(name)” is not known.",
        "Write \"\(meant)\", if you meant that.")
    }
    return names.map { AppRole($0) }
  }

  /// Where Entra ID leads an admin after the consent: it takes `https`, and plain `http` on the admin's own machine.
  private mutating func consentRedirect(_ fields: ConfigurationFields) -> String? {
    guard let text = fields.text("consentRedirect", &self), let node = fields.node["consentRedirect"] else {
      return nil
    }
    guard let (origin, _) = Origin.split(text), origin.scheme == "https" || origin.isLoopback else {
      report(
        node, "\(fields.path).consentRedirect", "is not an https address.",
        "Write it like https://partner.example/consented, as it is registered.")
      return nil
    }
    return text
  }

  private mutating func endpoints(_ fields: ConfigurationFields, cloud: Cloud) -> Endpoints? {
    if let fixed = cloud.endpoints {
      if let node = fields.node["endpoints"] {
        report(
          node, "\(fields.path).endpoints", "only the lab's endpoints can be set.",
          "Remove it, or write \"cloud\": \"lab\".")
      }
      return fixed
    }
    guard fields.required("endpoints", &self) != nil, let places = fields.object("endpoints", &self) else { return nil }
    places.checkKeys(["authority", "graph", "defender", "keyVault", "identity"], &self)
    for key in ["authority", "graph"] { _ = places.required(key, &self) }
    let (authority, graph) = (origin("authority", places), origin("graph", places))
    guard let authority, let graph else { return nil }
    return Endpoints(
      authority: authority, graph: graph, graphResource: "https://graph.microsoft.com",
      portalHosts: ["security.microsoft.com"], vaultOrigin: origin("keyVault", places),
      metadata: origin("identity", places) ?? authority)
  }

  private mutating func origin(_ key: String, _ fields: ConfigurationFields) -> Origin? {
    guard let node = fields.node[key], !node.isNull else { return nil }
    guard let text = node.string, let (origin, rest) = Origin.split(text), rest.isEmpty || rest == "/" else {
      report(node, "\(fields.path).\(key)", "is not an origin.", "Write it like http://127.0.0.1:8787, without a path.")
      return nil
    }
    guard origin.isLoopback else {
      report(node, "\(fields.path).\(key)", "must be on this machine.", "Use 127.0.0.1 or localhost.")
      return nil
    }
    return origin
  }

  /// A path as it is opened: `~/` is the user's home, and what else a shell would replace is a mistake here, because
  /// nothing would replace it.
  mutating func absolute(_ path: String, _ node: JSONNode?, _ key: String) -> String {
    let place = node ?? JSONNode(.null)
    if path.hasPrefix("~/") {
      if let home { return home + path.dropFirst() }
      report(place, key, "begins with ~, and HOME is not set.", "Write the whole path.")
    } else if path.hasPrefix("~") {
      report(place, key, "names a home folder by ~, which is read as ~/… only.", "Write the whole path.")
    } else if Self.namesVariable(path) {
      report(place, key, "holds a variable, which is not replaced here.", "Write the whole path, or begin it with ~/.")
    }
    return path.hasPrefix("/") ? path : "\(folder)/\(path)"
  }

  /// Whether a part of the path is a variable as shells write it: `$NAME/…`, `${NAME}/…`, `%NAME%/…`.
  private static func namesVariable(_ path: String) -> Bool {
    path.split(separator: "/").contains { part in
      let next = part.dropFirst().first
      return part.first == "$" && (next == "{" || next == "_" || next.map { $0.isASCII && $0.isLetter } ?? false)
        || part.first == "%" && part.count > 2 && part.last == "%"
    }
  }

  mutating func report(_ node: JSONNode, _ key: String, _ message: String, _ fix: String) {
    mistakes.append(
      .init(position: node.position, key: key.isEmpty ? nil : key, message: message, fix: fix))
  }
}
