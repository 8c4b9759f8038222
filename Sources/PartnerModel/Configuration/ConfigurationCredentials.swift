extension ConfigurationReader {
  /// The app's credentials in their order, none for a public client; `nil` where there is none that can be read, which is
  /// told.
  mutating func credentials(
    _ fields: ConfigurationFields, cloud: Cloud, endpoints: Endpoints?
  ) -> [CredentialSource]? {
    let path = fields.path
    for key in ["clientSecret", "secret"] {
      guard let secret = fields.node[key] else { continue }
      report(
        secret, "\(path).\(key)", "a secret must not stand in this file.",
        "Put it in a file of mode 0600 and write { \"type\": \"secret\", \"file\": \"PATH\" }.")
      return nil
    }
    let list = fields.node["credentials"]
    guard let list = list?.array ?? fields.node["credential"].map({ [$0] }) else {
      if let list {
        report(list, "\(path).credentials", "must be a list.", "Write [ { … } ].")
      } else {
        report(
          fields.node, "\(path).credentials", "is missing.",
          "Add \"credentials\": [ { \"type\": \"secret\", \"env\": \"NAME\" } ].")
      }
      return nil
    }
    if list.isEmpty, let node = fields.node["credentials"] {
      report(node, "\(path).credentials", "is empty.", "Name at least one credential.")
    }
    if let none = list.first(where: { $0["type"]?.string == "none" }) {
      guard list.count > 1 else { return [] }
      report(none, "\(path).credentials", "holds “none” beside others.", "Keep “none” alone, or the others.")
      return nil
    }
    let isList = fields.node["credentials"]?.array != nil
    let read = list.enumerated().compactMap {
      credential(
        $1, path: isList ? "\(path).credentials[\($0)]" : "\(path).credential", cloud: cloud, endpoints: endpoints)
    }
    return read.isEmpty ? nil : read
  }

  /// The types that this version signs in with.
  private static let types = ["secret", "certificate", "keyVault", "federated", "none"]

  private mutating func credential(
    _ node: JSONNode, path: String, cloud: Cloud, endpoints: Endpoints?
  ) -> CredentialSource? {
    let fields = ConfigurationFields(node: node, path: path)
    guard fields.isObject else {
      report(node, path, "must be an object.", "Write { \"type\": \"secret\", \"file\": \"PATH\" }.")
      return nil
    }
    guard fields.required("type", &self) != nil, let type = fields.text("type", &self) else { return nil }
    guard Self.types.contains(type) else {
      report(
        node["type"] ?? node, "\(path).type", "“\(type)” credentials are not read by this version.",
        "Use one of \(Self.types.joined(separator: ", ")).")
      return nil
    }
    return switch type {
    case "certificate": certificate(fields).map { .certificate($0) }
    case "keyVault": keyVault(fields, cloud: cloud, endpoints: endpoints).map { .keyVault($0) }
    case "federated": federated(fields).map { .federated($0) }
    default: plain(fields).map { .secret($0) }
    }
  }

  private mutating func plain(_ fields: ConfigurationFields) -> SecretSource? {
    secret(fields, keys: ["type", "env", "file", "command"])
  }

  /// Where a text comes from that must not be seen.
  mutating func secret(_ fields: ConfigurationFields, keys: [String]) -> SecretSource? {
    fields.checkKeys(keys, &self)
    return secret(fields)
  }

  private mutating func secret(_ fields: ConfigurationFields) -> SecretSource? {
    let (node, path) = (fields.node, fields.path)
    for key in ["value", "secret", "clientSecret", "password", "passphrase"] {
      guard let plain = node[key] else { continue }
      report(
        plain, "\(path).\(key)", "a secret must not stand in this file.",
        "Name where it is: \"env\", \"file\" or \"command\".")
      return nil
    }
    let places = ["env", "file", "command"].filter { node[$0].map { !$0.isNull } ?? false }
    if places.count > 1 {
      report(
        node, path, "names more than one place: \(places.joined(separator: ", ")).", "Keep one of them.")
      return nil
    }
    if let name = fields.text("env", &self), !name.isEmpty {
      // What is no name may be the secret itself, so it is not repeated.
      guard isVariableName(name) else {
        report(
          node["env"] ?? node, "\(path).env", "is not a variable's name.",
          "Write the name alone: letters, digits and _. A secret must not stand in this file.")
        return nil
      }
      return .environment(name)
    }
    let told = mistakes.count
    if let file = file("file", fields) { return .file(file) }
    if mistakes.count > told { return nil }
    if let command = fields.texts("command", &self),
      let command = program(command, node["command"], "\(path).command")
    {
      return .command(command)
    }
    report(node, path, "names no place.", "Add \"env\", \"file\" or \"command\".")
    return nil
  }

  /// A program with its arguments; `nil` where none is named. A bare name is looked for in PATH.
  mutating func program(_ words: [String], _ node: JSONNode?, _ path: String) -> [String]? {
    guard let program = words.first, !program.isEmpty else { return nil }
    guard program.contains("/") || program.hasPrefix("~") else { return words }
    return [absolute(program, node?.array?.first, "\(path)[0]")] + words.dropFirst()
  }

  private mutating func certificate(_ fields: ConfigurationFields) -> CertificateSource? {
    fields.checkKeys(["type", "certificate", "key", "pkcs12", "password"], &self)
    if let node = fields.node["passphrase"] {
      report(node, "\(fields.path).passphrase", "is not known.", "Write \"password\".")
      return nil
    }
    let hasPassword = fields.node["password"].map { !$0.isNull } ?? false
    let password = hasPassword ? password(fields) : nil
    if hasPassword, password == nil { return nil }
    let told = mistakes.count
    if let file = file("pkcs12", fields) {
      if let node = fields.node["certificate"] ?? fields.node["key"] {
        report(
          node, "\(fields.path).pkcs12", "stands beside a certificate or key of its own.",
          "Name either \"pkcs12\", or \"certificate\" and \"key\".")
        return nil
      }
      return .pkcs12(file: file, password: password)
    }
    if let certificate = file("certificate", fields) {
      return .pem(certificate: certificate, key: file("key", fields) ?? certificate, password: password)
    }
    if mistakes.count > told { return nil }
    report(
      fields.node, fields.path, "names no certificate.", "Add \"certificate\" and \"key\", or \"pkcs12\".")
    return nil
  }

  private mutating func password(_ fields: ConfigurationFields) -> SecretSource? {
    guard let node = fields.node["password"] else { return nil }
    let inner = ConfigurationFields(node: node, path: "\(fields.path).password")
    guard inner.isObject else {
      report(
        node, inner.path, "a password must not stand in this file.",
        "Name where it is: { \"env\": \"NAME\" }, { \"file\": \"PATH\" } or { \"command\": [ … ] }.")
      return nil
    }
    inner.checkKeys(["type", "env", "file", "command"], &self)
    return secret(inner)
  }

  private mutating func keyVault(
    _ fields: ConfigurationFields, cloud: Cloud, endpoints: Endpoints?
  ) -> KeyVaultSource? {
    fields.checkKeys(["type", "vault", "secret", "certificate", "through"], &self)
    guard fields.required("vault", &self) != nil, let address = fields.text("vault", &self) else { return nil }
    let domain = endpoints?.vaultDomain ?? Endpoints.commercialVaults
    guard let vault = Self.vaultName(address, below: domain) else {
      report(
        fields.node["vault"] ?? fields.node, "\(fields.path).vault", "is not a vault of this cloud.",
        "Write it like https://NAME.\(domain).")
      return nil
    }
    if cloud == .lab, let endpoints, endpoints.vaultOrigin == nil {
      report(
        fields.node, fields.path, "the lab's vault is not told.", "Add \"keyVault\" to the app's \"endpoints\".")
      return nil
    }
    guard hasOne(of: "secret", "certificate", fields) else { return nil }
    let item: KeyVaultSource.Item
    switch (itemName("secret", fields), itemName("certificate", fields)) {
    case (let name?, nil): item = .secret(name)
    case (nil, let name?): item = .certificate(name)
    default:
      report(
        fields.node, fields.path, "names nothing in the vault.",
        "Add \"secret\" or \"certificate\" with its name there: letters, digits and hyphens.")
      return nil
    }
    guard let through = fields.required("through", &self) else { return nil }
    if through.string == "managedIdentity" { return KeyVaultSource(vault: vault, item: item, access: .managedIdentity) }
    let inner = ConfigurationFields(node: through, path: "\(fields.path).through")
    guard inner.isObject, through["type"]?.string == "certificate" else {
      report(
        through, inner.path, "is no way to a vault.",
        "Write \"managedIdentity\", or { \"type\": \"certificate\", … }.")
      return nil
    }
    return certificate(inner).map { KeyVaultSource(vault: vault, item: item, access: .certificate($0)) }
  }

  /// The first label of a vault's address; `nil` for what is no vault below `domain`.
  private static func vaultName(_ address: String, below domain: String) -> String? {
    guard let (origin, rest) = Origin.split(address), origin.scheme == "https", origin.port == 443,
      rest.isEmpty || rest == "/", origin.host.hasSuffix(".\(domain)")
    else { return nil }
    let name = origin.host.dropLast(domain.utf8.count + 1)
    return (3...24).contains(name.utf8.count) && name.utf8.allSatisfy(isItemByte) ? String(name) : nil
  }

  private mutating func itemName(_ key: String, _ fields: ConfigurationFields) -> String? {
    fields.text(key, &self).flatMap { (1...127).contains($0.utf8.count) && $0.utf8.allSatisfy(isItemByte) ? $0 : nil }
  }

  private mutating func federated(_ fields: ConfigurationFields) -> FederatedSource? {
    fields.checkKeys(["type", "tokenFile", "managedIdentity"], &self)
    guard hasOne(of: "tokenFile", "managedIdentity", fields) else { return nil }
    let file = file("tokenFile", fields)
    let isManaged = fields.flag("managedIdentity", &self) ?? false
    switch (file, isManaged) {
    case (let file?, false): return .tokenFile(file)
    case (nil, true): return .managedIdentity
    default:
      report(
        fields.node, fields.path, "names no source of a token.",
        "Add \"tokenFile\": \"PATH\" or \"managedIdentity\": true.")
      return nil
    }
  }

  /// Whether not both stand there; both are told.
  private mutating func hasOne(of first: String, _ second: String, _ fields: ConfigurationFields) -> Bool {
    func stands(_ key: String) -> Bool { fields.node[key].map { !$0.isNull && $0.bool != false } ?? false }
    guard stands(first), stands(second) else { return true }
    report(
      fields.node, fields.path, "names both \"\(first)\" and \"\(second)\".", "Keep one of them.")
    return false
  }

  /// The absolute path under `key`; `nil` where nothing stands, or what is no path, which is told.
  private mutating func file(_ key: String, _ fields: ConfigurationFields) -> String? {
    guard let path = fields.text(key, &self), !path.isEmpty else { return nil }
    // What has lines, or is PEM, may be the key itself, so it is not repeated.
    guard !path.contains("-----BEGIN"), path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      report(
        fields.node[key] ?? fields.node, "\(fields.path).\(key)", "is not a path.",
        "Put what it holds in a file of mode 0600 and write its path. A secret must not stand in this file.")
      return nil
    }
    return absolute(path, fields.node[key], "\(fields.path).\(key)")
  }
}

/// Names of variables as shells write them.
private func isVariableName(_ name: String) -> Bool {
  func isLetter(_ byte: UInt8) -> Bool { (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte == 95 }
  guard let first = name.utf8.first, isLetter(first) else { return false }
  return name.utf8.allSatisfy { isLetter($0) || ($0 >= 48 && $0 <= 57) }
}

/// Names of vaults and of what is in them: letters, digits and hyphens.
private func isItemByte(_ byte: UInt8) -> Bool {
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte == 45
}
