/// The list of keys, scrolled.
struct HelpState: Hashable, Sendable {
  var top = 0
}
