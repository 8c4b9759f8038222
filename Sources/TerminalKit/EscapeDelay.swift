extension KeyDecoder {
  /// How long a bare Esc may wait for the rest of a key's sequence, as ncurses' programs are told by `ESCDELAY`.
  ///
  /// - Parameter variable: milliseconds. What is no number counts as not set; the shortest is 10, the longest 2,000.
  package static func escapeDelay(variable: String?) -> Duration {
    guard let variable, !variable.isEmpty, variable.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return usualEscapeDelay
    }
    return .milliseconds(min(max(Int(variable) ?? 2_000, 10), 2_000))
  }
}
