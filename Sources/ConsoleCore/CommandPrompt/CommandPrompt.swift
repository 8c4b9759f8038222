import PartnerModel
import SafeText
import TerminalKit

/// The command line while it is being typed.
struct CommandPrompt: Hashable, Sendable {
  /// What fits what is typed.
  struct Fits: Hashable, Sendable {
    var candidates: [Candidate]
    /// There are more than these.
    var hasMore = false
    /// The one that Tab has put into the line.
    var selected: Int?
  }

  /// Tab goes through what fitted when it was first pressed.
  private struct Cycle: Hashable, Sendable {
    var fits: Fits
    /// What stands in front of the word that is completed.
    var beginning: String
  }

  /// A line of the history stands in the place of what was typed.
  private struct Recall: Hashable, Sendable {
    var place: Int
    var typed: String
  }

  private(set) var editor: LineEditor
  private var cycle: Cycle?
  private var recall: Recall?

  /// So many are looked for at a time.
  static let offered = 40

  init(_ text: String = "") { editor = LineEditor(text) }

  /// Begun, with what Tab goes through behind it.
  init(_ text: String, offering candidates: [Candidate]) {
    editor = LineEditor(text)
    if !candidates.isEmpty { cycle = Cycle(fits: Fits(candidates: candidates), beginning: text) }
  }

  var text: String { editor.text }
  /// The command's name, as far as it is typed.
  var name: String { String(words.name) }
  /// What follows the name; `nil` while that is typed.
  var argument: String? { words.argument.map(String.init) }

  /// Takes a key in; `false` if it is none for this line.
  mutating func take(_ key: Key, _ vocabulary: some CommandVocabulary, _ history: CommandHistory) -> Bool {
    switch key {
    case .tab: complete(vocabulary, step: 1)
    case .backtab: complete(vocabulary, step: -1)
    case .up: goBack(history)
    case .down: goForth(history)
    default:
      guard editor.take(key) else { return false }
      cycle = nil
      recall = nil
    }
    return true
  }

  func fits(_ vocabulary: some CommandVocabulary) -> Fits {
    if let cycle { return cycle.fits }
    guard let argument else {
      let typed = name.foldedForSearch
      let names = vocabulary.commands.filter { $0.name.foldedForSearch.hasPrefix(typed) }
      return Fits(candidates: names.map { Candidate(text: $0.name, note: $0.words) })
    }
    guard vocabulary.command(named: name)?.argument != nil else { return Fits(candidates: []) }
    let found = vocabulary.arguments(of: name, beginning: argument, limit: Self.offered + 1)
    return Fits(candidates: Array(found.prefix(Self.offered)), hasMore: found.count > Self.offered)
  }

  private var words: (name: Substring, argument: Substring?) {
    let text = editor.edited.characters.drop { $0 == " " }
    let line = Substring(String(text))
    guard let blank = line.firstIndex(of: " ") else { return (line, nil) }
    return (line[..<blank], line[blank...].drop { $0 == " " })
  }

  // MARK: Completing

  /// Fills in what all that fits has in common; where that is there already, goes through it.
  private mutating func complete(_ vocabulary: some CommandVocabulary, step: Int) {
    recall = nil
    if var going = cycle {
      let count = going.fits.candidates.count
      let next = going.fits.selected.map { ($0 + step + count) % count } ?? (step > 0 ? 0 : count - 1)
      going.fits.selected = next
      put(going.fits.candidates[next].text, behind: going.beginning)
      cycle = going
      return
    }
    let fits = fits(vocabulary)
    guard let first = fits.candidates.first else { return }
    let typed = argument ?? name
    let beginning = argument == nil ? "" : name + " "
    if fits.candidates.count == 1, !fits.hasMore {
      let goesOn = argument == nil && vocabulary.command(named: first.text)?.argument != nil
      return put(first.text + (goesOn ? " " : ""), behind: beginning)
    }
    let common = commonBeginning(fits.candidates.map { Array($0.text) })
    // What is not known yet may have less in common.
    if common.count > typed.count, !fits.hasMore { return put(String(common), behind: beginning) }
    var going = Cycle(fits: fits, beginning: beginning)
    let chosen = step > 0 ? 0 : fits.candidates.count - 1
    going.fits.selected = chosen
    put(fits.candidates[chosen].text, behind: beginning)
    cycle = going
  }

  private mutating func put(_ word: String, behind beginning: String) { editor = LineEditor(beginning + word) }

  /// The letters of the first word as far as all the others begin with them, whatever their case.
  private func commonBeginning(_ words: [[Character]]) -> [Character] {
    guard let first = words.first else { return [] }
    let count = words.dropFirst().reduce(first.count) { count, word in
      zip(first.prefix(count), word).prefix { String($0).foldedForSearch == String($1).foldedForSearch }.count
    }
    return Array(first.prefix(count))
  }

  // MARK: The history

  private mutating func goBack(_ history: CommandHistory) {
    cycle = nil
    let typed = recall?.typed ?? text
    guard let place = history.older(than: recall?.place, beginning: typed) else { return }
    recall = Recall(place: place, typed: typed)
    editor = LineEditor(history.lines[place])
  }

  private mutating func goForth(_ history: CommandHistory) {
    cycle = nil
    guard let here = recall else { return }
    if let place = history.newer(than: here.place, beginning: here.typed) {
      recall?.place = place
      editor = LineEditor(history.lines[place])
    } else {
      recall = nil
      editor = LineEditor(here.typed)
    }
  }
}
