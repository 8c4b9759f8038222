import PartnerStore

extension OpeningWait {
  /// Tells on standard error what is waited for; for a task.
  static let told = OpeningWait(tell: { StandardStreams.say("partner-console: \($0)") })

  /// Tells on standard error what is waited for, and ends with Ctrl-C; for the main thread, before the screen is taken.
  static let toldAndStoppable = OpeningWait(
    tell: { StandardStreams.say("partner-console: \($0)") }, sleep: Blocking.pause)
}
