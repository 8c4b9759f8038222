extension ConfigurationReader {
  /// The app's credentials in their order; empty where there is none that can be read, which is told.
  mutating func credentials(
    _ fields: ConfigurationFields, cloud: Cloud, endpoints: Endpoints?
  ) -> [CredentialSource] {
    let path = fields.path
    for key in ["clientSecret", "secret"] {
      guard let secret = fields.node[key] else { continue }
      report(
        secret, "\(path).\(key)", "a secret must not stand in this file.",
        "Put it in a file of mode 0600 and write { \"type\": \"secret\", \"file\": \"PATH\" }.")
      return []
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
      return []
    }
    if list.isEmpty, let node = fields.node["credentials"] {
      report(node, "\(path).credentials", "is empty.", "Name at least one credential.")
    }
    let isList = fields.node["credentials"]?.array != nil
    return list.enumerated().compactMap {
      credential(
        $1, path: isList ? "\(path).credentials[\($0)]" : "\(path).credential", cloud: cloud, endpoints: endpoints)
    }
  }

  /// The types that this version signs in with.
  private static let types = ["secret", "certificate", "keyVault", "federated"]

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
    fields.checkKeys(["type", "env", "file", "command"], &self)
    return secret(fields)
  }

  /// Where a text comes from that must not be seen.
  private mutating func secret(_ fields: ConfigurationFields) -> SecretSource? {
    let (node, path) = (fields.node, fields.path)
    for key in ["value", "secret", "clientSecret", "password", "passphrase"] {
      guard let plain = node[key] else { continue }
      report(
        plain, "\(path).\(key)", "a secret must not stand in this file.",
        "Name where it is: \"env\", \"file\" or \"command\".")
      return nil
    }
    if let name = fields.text("env", &self), !name.isEmpty { return .environment(name) }
    if let file = file("file", fields) { return .file(file) }
    if var command = fields.texts("command", &self), let program = command.first, !program.isEmpty {
      // A bare name is looked for in PATH.
      if program.contains("/") || program.hasPrefix("~") {
        command[0] = absolute(program, node["command"]?.array?.first, "\(path).command[0]")
      }
      return .command(command)
    }
    report(node, path, "names no place.", "Add \"env\", \"file\" or \"command\".")
    return nil
  }

  private mutating func certificate(_ fields: ConfigurationFields) -> CertificateSource? {
    fields.checkKeys(["type", "certificate", "key", "pkcs12", "password"], &self)
    let hasPassword = fields.node["password"].map { !$0.isNull } ?? false
    let password = hasPassword ? password(fields) : nil
    if hasPassword, password == nil { return nil }
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
    let item: KeyVaultSource.Item
    switch (itemName("secret", fields), itemName("certificate", fields)) {
    case (let name?, nil): item = .secret(name)
    case (nil, let name?): item = .certificate(name)
    default:
      report(
        fields.node, fields.path, "names no single thing in the vault.",
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
    let file = file("tokenFile", fields)
    let isManaged = fields.flag("managedIdentity", &self) ?? false
    switch (file, isManaged) {
    case (let file?, false): return .tokenFile(file)
    case (nil, true): return .managedIdentity
    default:
      report(
        fields.node, fields.path, "names no single source of a token.",
        "Add \"tokenFile\": \"PATH\" or \"managedIdentity\": true.")
      return nil
    }
  }

  /// The absolute path under `key`; `nil` where nothing stands.
  private mutating func file(_ key: String, _ fields: ConfigurationFields) -> String? {
    guard let path = fields.text(key, &self), !path.isEmpty else { return nil }
    return absolute(path, fields.node[key], "\(fields.path).\(key)")
  }
}

/// Names of vaults and of what is in them: letters, digits and hyphens.
private func isItemByte(_ byte: UInt8) -> Bool {
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte == 45
}
