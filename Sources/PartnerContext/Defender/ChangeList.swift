import PartnerModel

/// A list of the service's that is read by what changed in it.
public enum ChangeList: String, Hashable, Sendable {
  case incidents, alerts

  var path: String {
    switch self {
    case .incidents: GraphCall.incidents
    case .alerts: GraphCall.alerts
    }
  }

  /// Items asked for at a time.
  ///
  /// More than 50 incidents are refused. Of alerts 1,000 would come: with their evidence they weigh 5.4 KB each, some
  /// three times that, so such a page is 5 MB and more, and the 48 tenants that are read at a time would hold 260 MB of
  /// answers alone, where the whole program has 90. A page of 200 is 1.1 MB. Asking five times instead of once takes a
  /// fifth more time for the same alerts (0.67 against 0.56 ms each), and the tenants' limits leave room for it.
  var pageSize: Int {
    switch self {
    case .incidents: 50
    case .alerts: 200
    }
  }

  /// The sizes of a page that fails, the largest first, down to the one item that makes it fail.
  var sizes: [Int] { [pageSize, 10, 1] }

  /// What is open, be it as old as it may.
  private static let open = "status ne 'resolved' and status ne 'redirected'"

  /// The question for what changed since a moment: path and query below the version.
  /// - Parameters:
  ///   - isOfOpen: of incidents: only those that are open.
  ///   - skip: items to leave out.
  ///
  /// Source: Microsoft Graph v1.0, `$filter`, `$orderby`, `$top` and `$skip` of both lists.
  func query(from start: Timestamp, isOfOpen: Bool = false, top: Int? = nil, skip: Int = 0) -> String {
    let filter = "lastUpdateDateTime ge \(start)" + (isOfOpen ? " and \(Self.open)" : "")
    let question =
      path
      + GraphCall.query([
        "$filter": filter, "$orderby": "lastUpdateDateTime asc", "$top": "\(top ?? pageSize)",
      ])
    return skip > 0 ? question + "&$skip=\(skip)" : question
  }
}

/// An item of such a list.
protocol ChangeItem: Sendable {
  static var list: ChangeList { get }
  var changeID: String { get }
  var updatedAt: Timestamp? { get }
  /// Reads a page without building what comes again as it was.
  /// - Parameter known: the last change of each item that is known, in steps of 100 ns since 1970.
  static func read(
    _ answer: Answer, by reader: ItemReader, known: [String: Int64]
  ) throws(PartnerError) -> ItemReader.Page<ItemReader.Listed<Self>>
}

extension Incident: ChangeItem {
  static var list: ChangeList { .incidents }
  var changeID: String { id.rawValue }
  static func read(
    _ answer: Answer, by reader: ItemReader, known: [String: Int64]
  ) throws(PartnerError) -> ItemReader.Page<ItemReader.Listed<Incident>> {
    try reader.incidents(answer, known: known)
  }
}

extension Alert: ChangeItem {
  static var list: ChangeList { .alerts }
  var changeID: String { id }
  static func read(
    _ answer: Answer, by reader: ItemReader, known: [String: Int64]
  ) throws(PartnerError) -> ItemReader.Page<ItemReader.Listed<Alert>> {
    try reader.alerts(answer, known: known)
  }
}
