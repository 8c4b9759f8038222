import FoundationEssentials
import PartnerModel
import SafeText

/// What is amiss with a credential of ours, told once for all tenants that share it.
enum CredentialNotice {
  /// - Parameter overviews: in the order of the configuration.
  /// - Returns: one message for each credential, for standard error.
  static func words(_ overviews: [TenantOverview]) -> [String] {
    var order: [String?] = []
    var tenants: [String?: [TenantOverview]] = [:]
    for overview in overviews where overview.credentialProblem != nil {
      let app = overview.tenant.app
      if tenants[app] == nil { order.append(app) }
      tenants[app, default: []].append(overview)
    }
    return order.compactMap { app in
      let concerned = tenants[app] ?? []
      let newest = concerned.compactMap(\.credentialProblem)
        .max { ($0.at ?? .distantPast) < ($1.at ?? .distantPast) }
      guard let problem = newest else { return nil }
      let place = app.map { "apps.\($0).credentials" } ?? "app.credentials"
      let whom = concerned.count == 1 ? concerned[0].tenant.name : "\(concerned.count) tenants"
      let code = problem.code.map { " (\($0))" } ?? ""
      // Like the text below a table, and never wrapped: who is asked for help wants the id as it is.
      var lines = FactLines(width: nil)
      lines.say(
        "\(place), \(whom): \(problem.summary ?? "our credential is not accepted")\(code). \(problem.nextAction)")
      lines.whole("  correlation", problem.correlationID)
      lines.whole("  time", problem.at.map { Timestamp($0).description })
      return String(lines.text.dropLast())
    }
  }

  /// What is amiss with a credential while tokens still come: it is refused and another one serves, or it ends soon.
  /// - Parameter overviews: whose refusals are told by themselves.
  static func warnings(_ credentials: [AppCredentials], beside overviews: [TenantOverview], at now: Date) -> [String] {
    let refused = Set(overviews.filter { $0.credentialProblem != nil }.map(\.tenant.app))
    return credentials.flatMap { app in
      app.warnings(at: now).filter { !$0.isFailure || !refused.contains(app.app) }
        .map { "\($0.summary). \($0.nextAction)" }
    }
  }

  static func tell(_ overviews: [TenantOverview]) {
    for line in words(overviews) { StandardStreams.say(line) }
  }
}

extension TenantOverview {
  /// Why no credential of its app gives a token; `nil` where one does, or nobody knows.
  var credentialProblem: Problem? {
    guard !tenant.isExcluded else { return nil }
    if let problem = token.lastError { return problem.isAboutCredential ? problem : nil }
    return consent.error.flatMap { $0.isAboutCredential ? $0 : nil }
  }
}
