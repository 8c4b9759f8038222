/// A moment as the played service writes it: steps of 100 ns since 1970, and how many digits of a second it shows.
struct Stamp: Hashable, Sendable {
  var ticks: Int64
  var digits: Int

  /// What is left of `ticks` when no more digits are shown.
  init(_ ticks: Int64, digits: Int) {
    var step: Int64 = 1
    for _ in digits..<7 { step *= 10 }
    self.ticks = ticks / step * step
    self.digits = digits
  }
}

/// One second, in steps of 100 ns.
let second: Int64 = 10_000_000

/// An incident as the played service has it.
struct ServedIncident: Hashable, Sendable, ServedItem {
  struct Comment: Hashable, Sendable {
    var text: String
    var author: String?
    var at: Stamp
  }

  var number: Int
  var title: String?
  var details: String?
  var summary: String?
  var severity = "medium"
  var status = "active"
  var classification: String?
  var determination: String?
  var owner: String?
  var tags: [String] = []
  var systemTags: [String] = []
  var resolvingComment: String?
  var comments: [Comment] = []
  var created: Stamp
  var updated: Stamp
  var modifiedBy: String?
  var redirect: Int?
  var score: Int?
  var product: String

  func text(_ field: String) -> String? {
    switch field {
    case "assignedTo": owner
    case "classification": classification
    case "determination": determination
    case "severity": severity
    default: status
    }
  }

  func json(tenant: String, isBroken: Bool) -> String {
    ServedText.json(self, tenant: tenant, isBroken: isBroken)
  }

  var isOpen: Bool { status != "resolved" && status != "redirected" }
}

/// What happened in the service, the truth of a history.
struct ServerEvent: Hashable, Sendable {
  enum Change: Hashable, Sendable {
    case created(ServedIncident)
    case edited([Edit])
    case merged(into: Int)
    /// The service does not have it any more.
    case deleted
  }

  enum Edit: Hashable, Sendable {
    case title(String?)
    case details(String?)
    case severity(String)
    case status(String)
    case owner(String?)
    case verdict(String?, String?)
    case tags([String])
    case resolved(comment: String?)
    case comment(ServedIncident.Comment)
    case score(Int?)
  }

  /// Its `lastUpdateDateTime`.
  var at: Stamp
  /// When it came about, in true time.
  var happened: Int64
  /// From when on the lists show it.
  var shownFrom: Int64
  var incident: Int
  var change: Change
  var by: String?
}

extension ServedIncident {
  /// The incident after an event that is not its first; `nil` when there is none any more.
  func after(_ event: ServerEvent) -> ServedIncident? {
    var next = self
    next.updated = event.at
    next.modifiedBy = event.by
    switch event.change {
    case .created(let incident): return incident
    case .deleted: return nil
    case .merged(let target):
      next.status = "redirected"
      next.redirect = target
    case .edited(let edits):
      for edit in edits {
        switch edit {
        case .title(let text): next.title = text
        case .details(let text): next.details = text
        case .severity(let word): next.severity = word
        case .status(let word): next.status = word
        case .owner(let name): next.owner = name
        case .verdict(let classification, let determination):
          (next.classification, next.determination) = (classification, determination)
        case .tags(let tags): next.tags = tags
        case .resolved(let comment): (next.status, next.resolvingComment) = ("resolved", comment)
        case .comment(let comment): next.comments.append(comment)
        case .score(let score): next.score = score
        }
      }
    }
    return next
  }
}
