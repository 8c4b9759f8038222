/// A text for comments, with places for what differs.
public struct CommentTemplate: Hashable, Sendable {
  /// What stands in the places.
  public struct Values: Hashable, Sendable {
    public var tenant: String
    public var incident: String
    public var title: String
    public var severity: String
    public var `operator`: String
    public var date: String

    public init(
      tenant: String, incident: String, title: String, severity: String, operator: String, date: String
    ) {
      self.tenant = tenant
      self.incident = incident
      self.title = title
      self.severity = severity
      self.operator = `operator`
      self.date = date
    }
  }

  /// Why a file is no template: what to mend, and where.
  public struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
    public var file: String
    /// From 1.
    public var line: Int
    public var words: String
    public var description: String { "\(file), line \(line): \(words)" }
  }

  public let name: String
  private let parts: [Part]

  private enum Part: Hashable, Sendable {
    case text(String)
    case place(Place)
  }

  private enum Place: String, CaseIterable { case tenant, incident, title, severity, `operator`, date }

  /// - Parameters:
  ///   - text: the file's. Its first line may name it: `# name`. `{tenant}` and the like are places; any other brace is
  ///     text.
  ///   - file: its path, as mistakes tell it.
  /// - Throws: where a word in braces is no place, or nothing is in the file.
  public init(_ text: String, file: String) throws(Mistake) {
    // A line end of Windows is one character.
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    // A file may begin with the mark of its encoding.
    if lines[0].first == "\u{FEFF}" { lines[0].removeFirst() }
    var name = String(file.split(separator: "/").last ?? "")
    if name.hasSuffix(".txt") { name.removeLast(4) }
    var first = 0
    if lines[0].hasPrefix("#") {
      let words = lines[0].drop { $0 == "#" || $0 == " " }
      if !words.isEmpty { name = String(words) }
      first = 1
    }
    while let last = lines.last, lines.count > first, last.allSatisfy(\.isWhitespace) { lines.removeLast() }
    while first < lines.count, lines[first].allSatisfy(\.isWhitespace) { first += 1 }
    guard first < lines.count else { throw Mistake(file: file, line: 1, words: "it holds no text.") }
    var parts: [Part] = []
    for index in first..<lines.count {
      if index > first { parts.append(.text("\n")) }
      parts += try Self.parts(lines[index], file: file, line: index + 1)
    }
    self.name = name
    self.parts = parts
  }

  private static func parts(_ line: Substring, file: String, line number: Int) throws(Mistake) -> [Part] {
    var parts: [Part] = []
    var rest = line
    while let open = rest.firstIndex(of: "{") {
      let behind = rest[rest.index(after: open)...]
      guard let close = behind.firstIndex(of: "}") else { break }
      let word = behind[..<close]
      // Only what looks like a place is one: a log's line may hold braces.
      if !word.isEmpty, word.allSatisfy({ $0.isASCII && ($0.isLetter || $0 == "_") }) {
        guard let place = Place(rawValue: String(word)) else {
          let known = Place.allCases.map { "{\($0.rawValue)}" }.joined(separator: " ")
          throw Mistake(file: file, line: number, words: "{\(word)} is no place that is filled: there are \(known).")
        }
        parts += [.text(String(rest[..<open])), .place(place)]
      } else {
        parts.append(.text(String(rest[...close])))
      }
      rest = behind[behind.index(after: close)...]
    }
    return parts + [.text(String(rest))]
  }

  /// The text with what stands in its places.
  public func filled(with values: Values) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .place(.tenant): values.tenant
      case .place(.incident): "#" + values.incident
      case .place(.title): values.title
      case .place(.severity): values.severity
      case .place(.operator): values.operator
      case .place(.date): values.date
      }
    }.joined()
  }
}

/// The templates of a configuration folder.
public struct CommentTemplates: Hashable, Sendable {
  /// In the order of their names.
  public var all: [CommentTemplate]
  /// What is missing, and why.
  public var complaints: [String]

  public init(_ all: [CommentTemplate], complaints: [String] = []) {
    self.all = all.sorted { $0.name < $1.name }
    self.complaints = complaints
  }

  public static let none = CommentTemplates([])
}
