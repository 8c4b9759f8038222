/// What of an incident's alerts did not come, so that a part is never taken for the whole.
public struct AlertGaps: Hashable, Sendable {
  /// Alerts that the service counts and did not give.
  public var missing: Int
  /// There are more, and the service does not say how many.
  public var hasMore: Bool
  /// Alerts of another tenant, which were thrown away.
  public var foreign: Int
  /// Alerts that could not be read.
  public var unreadable: Int
  /// Products whose alerts are not among them.
  public var leftOut: [LeftOutProduct]

  public init(
    missing: Int = 0, hasMore: Bool = false, foreign: Int = 0, unreadable: Int = 0, leftOut: [LeftOutProduct] = []
  ) {
    self.missing = missing
    self.hasMore = hasMore
    self.foreign = foreign
    self.unreadable = unreadable
    self.leftOut = leftOut
  }

  /// Every alert came and was read.
  public static let none = AlertGaps()

  /// How many alerts the incident has in its own tenant; `nil` when that is not known.
  /// - Parameter shown: those that were read.
  public func count(shown: Int) -> Int? {
    hasMore || !leftOut.isEmpty ? nil : shown + missing + unreadable
  }

  /// The same in words: at least so many where a product is missing, `?` where nobody knows.
  public func total(shown: Int) -> String {
    if hasMore || missing == 0 && !leftOut.isEmpty { return "?" }
    return "\(shown + missing + unreadable)\(leftOut.isEmpty ? "" : "+")"
  }

  /// What did not come, a clause each, without full stops. May quote the service: make it harmless before painting.
  public func words(shown: Int) -> [String] {
    var words: [String] = []
    if missing > 0 {
      words.append("\(shown) of \(shown + missing + unreadable) alerts came, the portal has the others")
    }
    if hasMore { words.append("there are more alerts than the \(shown) shown, the portal has them") }
    if unreadable > 0 { words.append("\(unreadable) alert\(unreadable == 1 ? "" : "s") could not be read") }
    if foreign > 0 { words.append("\(foreign) alert\(foreign == 1 ? "" : "s") of another tenant left out") }
    if let summary = leftOut.summary { words.append("\(summary), so alerts may be missing") }
    return words
  }
}
