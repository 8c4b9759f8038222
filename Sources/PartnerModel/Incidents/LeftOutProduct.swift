public import FoundationEssentials

/// A product behind the service that gave nothing to an answer.
///
/// Source: Microsoft Graph, 206 with `Warning: 199 - "{Vendor}/{Provider}/{Status}/{LatencyMs}"`.
public struct LeftOutProduct: Hashable, Sendable {
  /// As the service names it; `nil` when it said only that something is missing.
  public var name: String?
  /// The HTTP status that the product answered the service with.
  public var status: Int?

  public init(name: String?, status: Int? = nil) {
    self.name = name
    self.status = status
  }

  /// The name that people know, with the service's own behind it. May quote the service: make it harmless before painting.
  public var title: String {
    guard let name else { return "a product behind the service" }
    return Self.titles[name.lowercased()].map { "\($0) (\(name))" } ?? name
  }

  /// What happened, in one clause.
  public var summary: String { "\(title) did not answer" + (status.map { " (\($0))" } ?? "") }

  private static let titles = [
    "wdatp": "Defender for Endpoint", "azure advanced threat protection": "Defender for Identity",
    "office 365 security and compliance": "Defender for Office 365", "mcas": "Defender for Cloud Apps",
    "ipc": "Entra ID Protection", "asc": "Defender for Cloud",
  ]
}

extension [LeftOutProduct] {
  /// What happened, in one clause; `nil` when nothing was left out.
  public var summary: String? { isEmpty ? nil : map(\.summary).joined(separator: ", ") }

  /// What is kept of it with a tenant: in `error` the service's own names, in `code` the status of the first that has one.
  /// `nil` when nothing was left out.
  public func problem(requestID: String?, at: Date) -> Problem? {
    guard !isEmpty else { return nil }
    let names = compactMap(\.name)
    return Problem(
      cause: "answerPartial", error: names.isEmpty ? nil : names.joined(separator: Self.separator),
      code: compactMap(\.status).first, requestID: requestID, at: at,
      nextAction:
        "Its incidents may be missing until it answers again: see the portal, and ask the tenant's admin for its licence."
    )
  }

  /// The products that such a problem is about.
  public init(_ problem: Problem) {
    let names = problem.error?.split(separator: Self.separator).map(String.init) ?? []
    self =
      names.isEmpty
      ? [LeftOutProduct(name: nil, status: problem.code)]
      : names.map { LeftOutProduct(name: $0, status: names.count == 1 ? problem.code : nil) }
  }

  private static var separator: String { "; " }

  /// For one that is named twice the later word counts.
  package func joined(with others: [LeftOutProduct]) -> [LeftOutProduct] {
    filter { known in !others.contains { $0.name == known.name } } + others
  }
}
