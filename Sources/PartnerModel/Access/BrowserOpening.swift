/// What came of giving a page to the operator's browser.
public struct BrowserOpening: Hashable, Sendable {
  /// The program that took it; `nil` where there is none.
  public var openedBy: String?
  /// Why none took it.
  public var reason: String?

  public init(openedBy: String? = nil, reason: String? = nil) {
    self.openedBy = openedBy
    self.reason = reason
  }
}
