extension ConfigurationReader {
  mutating func signInPolicy(_ fields: ConfigurationFields?) -> SignInPolicy {
    var policy = SignInPolicy()
    guard let fields else { return policy }
    fields.checkKeys(["store", "passphrase", "command"], &self)
    let names = SignInPolicy.Store.allCases.map(\.rawValue).joined(separator: ", ")
    if let text = fields.text("store", &self) {
      policy.store = SignInPolicy.Store(rawValue: text)
      if policy.store == nil {
        report(fields.node["store"] ?? fields.node, "signIn.store", "“\(text)” is not a store.", "Use one of \(names).")
      }
    }
    if let node = fields.node["passphrase"], node.string != nil {
      report(
        node, "signIn.passphrase", "a secret must not stand in this file.",
        "Name where it is: { \"env\": … }, { \"file\": … } or { \"command\": [ … ] }.")
    } else if let place = fields.object("passphrase", &self) {
      policy.passphrase = secret(place, keys: ["env", "file", "command"])
    }
    if let command = fields.texts("command", &self) {
      policy.command = program(command, fields.node["command"], "signIn.command")
    }
    switch policy.store {
    case .file where fields.node["passphrase"] == nil:
      report(
        fields.node, "signIn", "a file needs a passphrase.",
        "Add \"passphrase\": { \"env\": \"NAME\" }, or use another store.")
    case .command where fields.node["command"] == nil:
      report(
        fields.node, "signIn", "names no program.",
        "Add \"command\": [ \"PROGRAM\" ]: it is run with get, store or erase behind it.")
    default: break
    }
    if policy.store != nil, policy.store != .file, let node = fields.node["passphrase"] {
      report(node, "signIn.passphrase", "is only used with \"store\": \"file\".", "Remove it, or the store.")
    }
    if policy.store != .command, let node = fields.node["command"] {
      report(node, "signIn.command", "is only used with \"store\": \"command\".", "Write that as well.")
    }
    return policy
  }

  mutating func tenantContext(_ fields: ConfigurationFields, app: AppRegistration?) -> TenantContext {
    guard let text = fields.text("context", &self), let node = fields.node["context"] else {
      if let app, app.isPublicClient {
        report(
          fields.node, "\(fields.path).context", "is missing: an app without a credential acts for people alone.",
          "Write \"context\": \"user\", or give the app a credential.")
      }
      return .application
    }
    guard let context = TenantContext(rawValue: text) else {
      report(node, "\(fields.path).context", "“\(text)” is not a context.", "Write application or user.")
      return .application
    }
    if context == .application, let app, app.isPublicClient {
      report(
        node, "\(fields.path).context", "an app without a credential acts for people alone.",
        "Write user, or give the app a credential.")
    }
    return context
  }
}
