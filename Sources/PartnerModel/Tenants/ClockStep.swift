public import FoundationEssentials

/// A clock that was ahead and is set right leaves moments that have not come yet; they are no ages.
public enum ClockStep {
  /// Seconds by which two readings of one clock may differ without anybody having set it.
  public static let tolerance: TimeInterval = 300

  /// Whether `moment`, which was noted as past, lies further ahead of `now` than a clock drifts by itself.
  public static func hasUndone(_ moment: Date, at now: Date) -> Bool {
    moment.timeIntervalSince(now) > tolerance
  }

  /// Whether what was told at `moment` may replace what was told at `before`: nothing older ever does, unless `before`
  /// has not come yet.
  public static func mayReplace(_ before: Date?, with moment: Date, at now: Date) -> Bool {
    guard let before else { return true }
    return moment >= before || hasUndone(before, at: now)
  }
}
