import SafeText

/// What the console has to say; it stands until the next key.
struct Message: Hashable, Sendable {
  var level: Notice.Level
  var text: SafeText
  /// What nobody asked for takes one line, so that it does not move the rows that are being read.
  var isBrief = false
  /// An address to copy: it follows on lines of its own, without a blank in it and never cut.
  var link: SafeText?

  var brief: Message {
    var copy = self
    copy.isBrief = true
    return copy
  }

  static func information(_ text: SafeText) -> Message { Message(level: .information, text: text) }
  static func warning(_ text: SafeText) -> Message { Message(level: .warning, text: text) }
  static func failure(_ text: SafeText) -> Message { Message(level: .failure, text: text) }
}
