import SafeText

/// What the console has to say; it stands until the next key.
struct Message: Hashable, Sendable {
  var level: Notice.Level
  var text: SafeText

  static func information(_ text: SafeText) -> Message { Message(level: .information, text: text) }
  static func warning(_ text: SafeText) -> Message { Message(level: .warning, text: text) }
  static func failure(_ text: SafeText) -> Message { Message(level: .failure, text: text) }
}
