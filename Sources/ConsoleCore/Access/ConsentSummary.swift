import FoundationEssentials
import PartnerModel
import SafeText

/// What came of asking for fresh tokens: the counts add up to the tenants that were asked.
struct ConsentSummary: Hashable, Sendable {
  private(set) var granted = 0
  private(set) var partial = 0
  /// Told to have no consent, or to be kept out.
  private(set) var lacking = 0
  /// Told nothing: no answer, or none of ours could ask.
  private(set) var notAsked: [TenantID] = []
  private let tenants: [TenantID]

  init(_ checks: ConsentChecks, in state: borrowing SharedState) {
    tenants = checks.tenants
    for id in checks.tenants {
      // What was told before the question is no answer to it; the store keeps whole milliseconds.
      guard let row = state.tenants[id], let told = row.consent.checkedAt,
        told >= checks.begun.addingTimeInterval(-1), row.consent.state != .unknown
      else {
        notAsked.append(id)
        continue
      }
      switch row.consent.state {
      case .granted: granted += 1
      case .partial: partial += 1
      default: lacking += 1
      }
    }
  }

  func message(in state: borrowing SharedState) -> Message {
    if tenants.count == 1 { return one(tenants[0], in: state) }
    let words: SafeText = "Checked \(tenants.count) tenants: \(self.words)."
    return granted == tenants.count ? .information(words) : .warning(words)
  }

  /// The counts, without those that are zero.
  var words: SafeText {
    var parts: [SafeText] = []
    if granted > 0 { parts.append("\(granted) granted") }
    if partial > 0 { parts.append("\(partial) in part") }
    if lacking > 0 { parts.append("\(lacking) without consent") }
    if !notAsked.isEmpty { parts.append("\(notAsked.count) could not be asked") }
    return parts.joined(separator: ", ")
  }

  private func one(_ id: TenantID, in state: borrowing SharedState) -> Message {
    let name = SafeText(state.directory.name(of: id))
    guard let row = state.tenants[id] else { return .warning("\(name) is not in the configuration any more.") }
    guard notAsked.isEmpty else {
      let problem = row.access.error ?? row.token.lastError ?? row.consent.error
      let why = SafeText(problem?.summary ?? problem?.cause ?? "there was no answer")
      return .warning("\(name) could not be asked: \(why). \(SafeText(problem?.nextAction ?? "Try again later."))")
    }
    let words: SafeText = "\(name): \(SafeText(row.consent.state.summary))."
    return row.consent.state == .granted ? .information(words) : .warning(words)
  }
}
