import FoundationEssentials
import SafeText

/// What the console had to say, with when.
struct Messages: Hashable, Sendable {
  struct Said: Hashable, Sendable {
    var message: Message
    /// When it was said last.
    var at: Date
    /// How often, without anything else between.
    var count = 1
  }

  static let limit = 200
  /// The newest last, up to `limit` of them.
  private(set) var all: [Said] = []

  mutating func take(_ message: Message, at now: Date) {
    if let last = all.last, last.message == message {
      all[all.count - 1].at = now
      all[all.count - 1].count += 1
      return
    }
    if all.count >= Self.limit { all.removeFirst() }
    all.append(Said(message: message, at: now))
  }
}

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
