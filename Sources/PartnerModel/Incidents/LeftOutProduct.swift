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

  /// For one that is named twice the later word counts.
  package func joined(with others: [LeftOutProduct]) -> [LeftOutProduct] {
    filter { known in !others.contains { $0.name == known.name } } + others
  }
}
