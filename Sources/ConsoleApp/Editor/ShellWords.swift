/// Splits a command as it stands in a variable such as `EDITOR`, without a shell: words, quotes and backslashes count,
/// and `~/` at a word's beginning is the home. What only a shell could do is refused.
enum ShellWords {
  /// Why a text cannot be split.
  struct Refusal: Error, Equatable { var reason: String }

  private static let operators: Set<Character> = ["|", "&", ";", "<", ">", "(", ")", "$", "`", "\n"]

  static func split(_ text: String, home: String?) throws(Refusal) -> [String] {
    var words: [String] = []
    var word: String?
    var rest = text[...]
    while let character = rest.popFirst() {
      switch character {
      case " ", "\t":
        if let whole = word { words.append(whole) }
        word = nil
      case "'":
        guard let end = rest.firstIndex(of: "'") else { throw Refusal(reason: "a quote in it does not end") }
        word = (word ?? "") + rest[..<end]
        rest = rest[end...].dropFirst()
      case "\"": word = (word ?? "") + (try quoted(&rest))
      case "\\":
        guard let next = rest.popFirst() else { throw Refusal(reason: "it ends with a backslash") }
        word = (word ?? "") + String(next)
      case "~" where word == nil && (rest.first == "/" || rest.first == nil):
        guard let home else { throw Refusal(reason: "HOME is not set, which ~ stands for") }
        word = home
      case let character where operators.contains(character):
        throw refusal(of: character)
      default: word = (word ?? "") + String(character)
      }
    }
    if let whole = word { words.append(whole) }
    return words
  }

  /// What stands in double quotes, without them.
  private static func quoted(_ rest: inout Substring) throws(Refusal) -> String {
    var text = ""
    while let character = rest.popFirst() {
      switch character {
      case "\"": return text
      case "$", "`": throw refusal(of: character)
      case "\\":
        guard let next = rest.popFirst() else { break }
        text += ["\"", "\\", "$", "`"].contains(next) ? String(next) : "\\\(next)"
      default: text.append(character)
      }
    }
    throw Refusal(reason: "a quote in it does not end")
  }

  private static func refusal(of character: Character) -> Refusal {
    Refusal(reason: "only a shell understands its \(character == "\n" ? "line end" : "“\(character)”")")
  }
}
