public import PartnerModel

/// What one page brought.
public struct IncidentPage: Sendable {
  public var tenant: TenantID
  /// New and changed ones, each once, in the service's order.
  public var incidents: [Incident]
  public var unreadable: [UnreadableItem]
  /// Items of another tenant, which were thrown away.
  public var foreign: Int
  /// The ids of those that came again as they were: they are listed, and not among ``incidents``.
  public var unchanged: [IncidentID]
  /// The products behind the service whose incidents are missing, as it says. The cursor moves on all the same and
  /// remembers them: when one answers again, what it lacked is read once more.
  public var leftOut: [LeftOutProduct]
  /// The service's own id of the request, to quote to Microsoft.
  public var requestID: String?
  /// The change time from which on this read lists everything; `nil` when it began in the middle, at a link.
  public var readFrom: Timestamp?
  /// Where to go on when this page has been kept.
  public var cursor: IncidentCursor
  /// Whether this reading asks for no other page after it.
  public var isLast = false

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

/// What one page of alerts brought.
public struct AlertPage: Sendable {
  public var tenant: TenantID
  public var alerts: [Alert]
  public var unreadable: [UnreadableItem]
  /// Items of another tenant, which were thrown away.
  public var foreign: Int
  /// The products behind the service whose alerts are missing, as it says.
  public var leftOut: [LeftOutProduct]
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
  /// Whether it is no JSON of its own.
  var isBroken = false

  /// Where it stood, in words.
  public var place: String {
    [number.map { "item \($0)" }, offset.map { "byte \($0)" }].compactMap { $0 }.joined(separator: ", ")
  }
}
