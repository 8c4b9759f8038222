public import PartnerModel

/// What one page of changes brought.
public struct ChangePage<Item: Sendable>: Sendable {
  public var tenant: TenantID
  /// New and changed ones, each once, in the service's order.
  public var items: [Item]
  public var unreadable: [UnreadableItem]
  /// Items of another tenant, which were thrown away.
  public var foreign: Int
  /// The ids of those that came again as they were: they are listed, and not among ``items``.
  public var unchangedIDs: [String]
  /// The products behind the service whose part is missing, as it says. The cursor moves on all the same and remembers
  /// them: when one answers again, what it lacked is read once more.
  public var leftOut: [LeftOutProduct]
  /// The service's own id of the request, to quote to Microsoft.
  public var requestID: String?
  /// The change time from which on this read lists everything; `nil` when it began in the middle, at a link.
  public var readFrom: Timestamp?
  /// Where to go on when this page has been kept.
  public var cursor: ChangeCursor
  /// Whether this reading asks for no other page after it.
  public var isLast = false
  /// Where the page stands in a walk over all that is open; `nil` for one over the changes.
  public var openPart: OpenPart?

  /// A part of the list of all that is open.
  public struct OpenPart: Hashable, Sendable {
    public var isFirst: Bool
    public var isLast: Bool
    public init(isFirst: Bool, isLast: Bool) { (self.isFirst, self.isLast) = (isFirst, isLast) }
  }

  public init(
    tenant: TenantID, items: [Item], unreadable: [UnreadableItem] = [], foreign: Int = 0, unchangedIDs: [String] = [],
    leftOut: [LeftOutProduct] = [], requestID: String? = nil, readFrom: Timestamp? = nil, cursor: ChangeCursor,
    isLast: Bool = false
  ) {
    self.tenant = tenant
    self.items = items
    self.unreadable = unreadable
    self.foreign = foreign
    self.unchangedIDs = unchangedIDs
    self.leftOut = leftOut
    self.requestID = requestID
    self.readFrom = readFrom
    self.cursor = cursor
    self.isLast = isLast
  }

  /// What an operator is told about the page, if it was not all in order.
  public var problem: PartnerError? {
    if foreign > 0 { return PartnerError(.foreignData, tenant: tenant, requestID: requestID) }
    if !unreadable.isEmpty {
      return PartnerError(
        .answerUnreadable("\(unreadable.count) items of a page"), tenant: tenant, requestID: requestID)
    }
    if !leftOut.isEmpty { return PartnerError(.answerPartial, tenant: tenant, requestID: requestID) }
    return nil
  }
}

/// What one page of incidents brought.
public typealias IncidentPage = ChangePage<Incident>
/// What one page of alerts brought.
public typealias AlertPage = ChangePage<Alert>

extension ChangePage<Incident> {
  public var incidents: [Incident] { items }
  public var unchanged: [IncidentID] { unchangedIDs.map { IncidentID($0) } }
}

extension ChangePage<Alert> {
  public var alerts: [Alert] { items }
}

/// An item of a page that could not be read; the rest of the page was.
public struct UnreadableItem: Hashable, Sendable {
  /// The item's id, where that much could be read.
  public var id: String?
  public var reason: String
  /// Its place in the page, from 1 on.
  public var number: Int?
  /// Bytes before it in the answer's body.
  public var offset: Int?
  /// Of one that the service fails to give even alone: the moment from which on ``number`` counts.
  public var since: Timestamp?
  /// Whether it is no JSON of its own.
  var isBroken = false

  /// Where it stood, in words.
  public var place: String {
    let parts = [
      number.map { "item \($0)" }, offset.map { "byte \($0)" }, since.map { "of what changed since \($0)" },
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }
}
