/// What a key asks for.
enum Command: Hashable, Sendable {
  case move(Motion)
  case open, back
  case switchHome
  case filter, sort, refresh, preview
  case claim, portal
  case nextNeed
  case help, redraw, quit
}
