import PseudoTerminal
import Testing

extension PseudoTerminal {
  /// Everything that stands on the screen, as the console paints it anew when it is asked to.
  ///
  /// What was painted before tells only what differed. Alone on its way, the key that asks is not taken for another's end.
  func frame() throws -> String {
    _ = quiet(for: .milliseconds(150), within: .seconds(5))
    let offset = transcript.count
    try write("\u{C}")
    read(until: .now + .seconds(5))
    _ = quiet(for: .milliseconds(50), within: .seconds(5))
    return String(decoding: transcript[offset...], as: UTF8.self)
  }

  /// Types, and looks until the screen shows a text.
  func type(
    _ keys: String, until text: String, location: SourceLocation = #_sourceLocation
  ) throws {
    try write(keys)
    let end = ContinuousClock.now + Workplace.patience
    var frame = try frame()
    while !frame.contains(text) {
      guard ContinuousClock.now < end, !isHungUp else {
        Issue.record("“\(text)” did not come:\n\(frame.debugDescription)", sourceLocation: location)
        throw CancellationError()
      }
      frame = try self.frame()
    }
  }

  /// Leaves with `q`, which a paste or a filter that went before it holds up for a moment.
  func quit(location: SourceLocation = #_sourceLocation) throws {
    _ = quiet(for: .milliseconds(400), within: .seconds(5))
    try write("q")
    #expect(try waitForExit(within: Workplace.patience) == .status(0), sourceLocation: location)
  }
}
