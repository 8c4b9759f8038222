/// What a key asks for.
enum Command: Hashable, Sendable {
  case move(Motion)
  case open, back
  /// Opens the tenant of what is under the cursor.
  case openTenant
  /// Opens an incident that is named by its id.
  case openIncident
  case switchHome
  /// Between the sections of a page.
  case nextSection, previousSection
  case filter, sort, refresh, preview
  case findNext, findPrevious
  case scrollPreview(Motion)
  case claim, assign, portal
  /// Open a form for the incident, or the alert, under the cursor.
  case setStatus, judge, comment, tag, severity, rename, describe, merge, moveAlert
  /// Takes back what was done last.
  case undo
  /// Opens what was not made again: with what stood against it, or as it was filled in.
  case reopen
  /// Opens the consent, token and access of the tenant under the cursor, or of all that is marked.
  case consent
  /// Asks a tenant's admin for consent, and waits for the answer.
  case requestConsent
  /// Ends what is waited for.
  case cancel
  case signIn, signInByCode, signOut
  /// Marks a row, or takes its mark away; takes all marks of the screen away.
  case mark, unmark
  /// Opens the command line.
  case commandLine
  /// Takes back the change under the cursor.
  case undoThis
  case nextNeed
  /// Opens a screen by its name.
  case show(ScreenName)
  case redraw, quit, interrupt

  /// Whether it shows another part of what is shown, and does nothing else.
  var onlyMoves: Bool {
    switch self {
    case .move, .nextSection, .previousSection, .findNext, .findPrevious, .scrollPreview: true
    default: false
    }
  }

  /// Whether it opens a form that changes something.
  var opensForm: Bool {
    switch self {
    case .assign, .setStatus, .judge, .comment, .tag, .severity, .rename, .describe, .merge, .moveAlert: true
    default: false
    }
  }

  /// Whether its form is about the alert under the cursor where there is one.
  var takesAlert: Bool { [.assign, .setStatus, .judge, .comment, .moveAlert].contains(self) }
}
