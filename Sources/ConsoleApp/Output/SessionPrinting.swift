import FoundationEssentials
import PartnerModel

extension SessionResult where Value == [TenantOverview] {
  /// Prints tenants as text of the wanted kind, or whole as JSON or CSV.
  func print(_ options: OutputOptions, text: KeyPath<TenantListing, String>) throws(CommandError) {
    let listing = TenantListing(
      overviews: value,
      output: tenantOutput(width: StandardStreams.width))
    switch options.output {
    case .text: try StandardStreams.write(listing[keyPath: text])
    case .json: try options.write(.array(listing.json))
    case .csv: try options.write(listing.json, columns: TenantOutput.csvColumns)
    }
  }
}

/// Tenants with the ways to print them.
struct TenantListing {
  var overviews: [TenantOverview]
  var output: TenantOutput

  var json: [JSONNode] { overviews.map(output.json) }
  var listText: String { output.text(overviews) }
  var consentText: String { output.consentText(overviews) }
  var tokenText: String { output.tokenText(overviews) }
}

extension SessionResult {
  var tenantOutput: TenantOutput { tenantOutput(width: nil) }

  /// - Parameter width: columns of the window; `nil` for a file or a pipe.
  func tenantOutput(width: Int?) -> TenantOutput {
    TenantOutput(
      now: endedAt, staleAfter: configuration.refresh.staleAfter, required: configuration.requiredRoles, width: width)
  }

  /// - Parameters:
  ///   - moment: the time by which deadlines are judged; `nil` for now.
  ///   - readAt: when what is printed of an incident was read; `nil` if that is not known.
  func incidentOutput(at moment: Date? = nil, readAt: @escaping (IncidentKey) -> Date?) -> IncidentOutput {
    let tenants = Dictionary(uniqueKeysWithValues: configuration.tenants.map { ($0.id, $0) })
    let configuration = configuration
    return IncidentOutput(
      now: moment ?? endedAt,
      policy: { id in tenants[id].map { configuration.sla(for: $0) } ?? configuration.sla },
      tenantName: { id in tenants[id]?.name ?? id.rawValue },
      readAt: readAt)
  }
}

extension Configuration {
  /// One sentence: what to do about a failure now that the command has ended, which asks nobody again by itself.
  /// - Parameter tenant: `nil` for one that the configuration does not name.
  func nextAction(after error: PartnerError, in tenant: Tenant?) -> String {
    let problem = tenant.map { self.problem(of: error, in: $0) } ?? error.problem
    // Where too many tokens were asked for, what happened tells the time, and there is more to do than to wait.
    let tellsTime = error.code == PartnerError.loopCode || error.causeName == "tokenBudgetSpent"
    guard !tellsTime, let retryAt = error.retryAt else { return problem.nextAction }
    return "Run it again after \(Timestamp(retryAt).description)."
  }
}

extension CommandError {
  /// A failure in one tenant, in words.
  init(_ error: PartnerError, _ configuration: Configuration) {
    let tenant = configuration.tenants.first { $0.id == error.tenant }
    let name = tenant?.name ?? error.tenant?.rawValue
    var isRefusedByRole = false
    if case .appRoleMissing = error.cause { isRefusedByRole = true }
    // An HTTP status is in the summary; an AADSTS number has more digits.
    let number = error.code.flatMap { $0 > 999 ? $0 : nil }
    let ids = [
      number.map { "\($0)" }, error.requestID.map { "request \($0)" },
      number == nil ? nil : error.correlationID.map { "correlation id \($0)" },
    ].compactMap(\.self)
    let request = ids.isEmpty ? "" : " (\(ids.joined(separator: ", ")))"
    let next = configuration.nextAction(after: error, in: tenant)
    self.init(
      isRefusedByRole ? .notPermitted : .nothingDone,
      (name.map { "\($0): " } ?? "") + error.summary + "\(request). " + next)
  }
}
