public import PartnerModel

/// What one page brought.
public struct IncidentPage: Sendable {
  public var tenant: TenantID
  /// New and changed ones, each once, in the service's order.
  public var incidents: [Incident]
  public var unreadable: [UnreadableItem]
  /// Items of another tenant, which were thrown away.
  public var foreign: Int
  /// Whether the service said that something is missing; the cursor does not move past such a page, so that what was
  /// missing is read the next time.
  public var isPartial: Bool
  /// Where to go on when this page has been kept.
  public var cursor: IncidentCursor

  /// What an operator is told about the page, if it was not all in order.
  public var problem: PartnerError? {
    if foreign > 0 { return PartnerError(.foreignData, tenant: tenant) }
    if !unreadable.isEmpty {
      return PartnerError(.answerUnreadable("\(unreadable.count) items of a page"), tenant: tenant)
    }
    if isPartial { return PartnerError(.answerPartial, tenant: tenant) }
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
  /// Whether the service said that something is missing.
  public var isPartial: Bool
}

/// An item of a page that could not be read; the rest of the page was.
public struct UnreadableItem: Hashable, Sendable {
  /// The item's id, where that much could be read.
  public var id: String?
  public var reason: String
}
