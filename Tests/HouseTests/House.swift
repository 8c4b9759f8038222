import Foundation

/// A room of the house: what it may import, as the manifest declares it.
struct Room: Sendable {
  var name: String
  /// Of ours.
  var ours: Set<String> = []
  /// Products of packages.
  var products: Set<String> = []
  /// Further modules of those packages and of the platform that sources may import.
  var others: Set<String> = []
}

/// The arrows between the rooms. They point towards values.
enum House {
  /// What comes with the toolchain and the system. Full Foundation is not among it.
  static let platform: Set<String> = ["FoundationEssentials", "Synchronization", "Dispatch", "Glibc", "Darwin"]

  /// Every file of the program, and every file at all; read once.
  static let sources = SourceFile.all(under: "Sources")
  static let everything = sources + SourceFile.all(under: "Tests")

  static let rooms: [Room] = [
    Room(name: "SafeText"),
    Room(name: "PartnerModel", others: ["FoundationEssentials"]),
    Room(name: "TerminalKit", ours: ["SafeText"]),
    Room(name: "ConsoleCore", ours: ["PartnerModel", "TerminalKit", "SafeText"], others: ["FoundationEssentials"]),
    Room(name: "COpenSSL"),
    Room(name: "SystemCrypto", ours: ["COpenSSL"], others: platform),
    Room(name: "CSQLite"),
    Room(name: "CCurl"),
    Room(name: "CSimdjson"),
    Room(name: "CSpawn"),
    Room(name: "CKeyring"),
    Room(
      name: "PartnerContext", ours: ["PartnerModel", "SystemCrypto", "CCurl", "CSimdjson", "CSpawn", "CKeyring"],
      products: ["Logging"],
      others: platform),
    Room(
      name: "PartnerStore", ours: ["PartnerModel", "SystemCrypto", "CSQLite"], products: ["GRDB", "GRDBSQLite"],
      others: platform),
    Room(
      name: "PartnerOperations", ours: ["PartnerModel", "PartnerContext", "PartnerStore"], others: platform),
    Room(name: "CNcurses"),
    Room(name: "CSignals"),
    Room(name: "NcursesDriver", ours: ["TerminalKit", "SafeText", "CNcurses", "CSignals"], others: platform),
    Room(
      name: "LabServer", ours: ["SystemCrypto"], products: ["NIOCore", "NIOPosix", "NIOHTTP1"],
      others: platform),
    Room(
      name: "ConsoleApp",
      ours: [
        "SafeText", "PartnerModel", "TerminalKit", "ConsoleCore", "PartnerContext", "PartnerStore",
        "PartnerOperations", "NcursesDriver", "CSignals", "CSpawn", "LabServer",
      ], products: ["ArgumentParser", "Logging"], others: platform),
    Room(name: "partner-console", ours: ["ConsoleApp"]),
    Room(name: "CPseudoTerminal"),
    Room(name: "PseudoTerminal", ours: ["CPseudoTerminal"], others: platform),
    Room(name: "RecordedData", others: platform),
    Room(name: "TerminalModel", ours: ["TerminalKit", "SafeText"]),
    Room(name: "BenchFigures", others: platform),
    Room(
      name: "console-bench",
      ours: ["BenchFigures", "PartnerModel", "PartnerContext", "PartnerStore", "PartnerOperations", "PseudoTerminal"],
      products: ["ArgumentParser", "Logging"], others: platform),
  ]

  /// Who alone may open a door to the outside.
  static let doors: [(module: String, room: String)] = [
    ("CNcurses", "NcursesDriver"), ("CCurl", "PartnerContext"), ("CSimdjson", "PartnerContext"),
    ("GRDB", "PartnerStore"), ("GRDBSQLite", "PartnerStore"), ("COpenSSL", "SystemCrypto"),
    ("CPseudoTerminal", "PseudoTerminal"), ("CKeyring", "PartnerContext"),
  ]

  /// Doors that client and simulator may both use: they know nothing of what either of them does.
  static let neutral: Set<String> = ["SystemCrypto"]

  /// The same for C and C++. libcurl is handed the roots that it trusts as OpenSSL's own.
  static let headers: [(name: String, rooms: [String])] = [
    ("curses", ["CNcurses"]), ("<term.h>", ["CNcurses"]), ("simdjson", ["CSimdjson"]), ("sqlite", []),
    ("<openssl/", ["COpenSSL", "CCurl"]), ("<curl/", ["CCurl"]),
    ("<linux/keyctl", ["CKeyring"]),
  ]

  /// Every file of the program in C and C++.
  static let cSources: [SourceFile] = ["c", "h", "cpp", "hpp"].flatMap { SourceFile.all(under: "Sources", ending: $0) }

  static let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func room(_ name: String) -> Room? { rooms.first { $0.name == name } }
}

/// One Swift file of the project, split into lines, with its code told apart from its comments and texts.
struct SourceFile: Sendable {
  /// Relative to the top of the project.
  var path: String
  var lines: [String]
  /// The lines with comments and the insides of texts blanked.
  var code: [String]

  var room: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

  /// The modules that this file imports, with their line numbers.
  var imports: [(module: String, line: Int)] {
    code.enumerated().compactMap { index, line in
      let words = line.split(separator: " ").map(String.init)
      guard let place = words.firstIndex(of: "import"), words.count > place + 1,
        words[..<place].allSatisfy({ $0.hasPrefix("@") || Self.access.contains($0) })
      else { return nil }
      let kinds: Set<String> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
      let name = kinds.contains(words[place + 1]) && words.count > place + 2 ? words[place + 2] : words[place + 1]
      return (name.split(separator: ".").first.map(String.init) ?? name, index + 1)
    }
  }

  private static let access: Set<String> = ["public", "package", "internal", "private", "fileprivate"]

  init(path: String, text: String) {
    self.path = path
    lines = text.components(separatedBy: "\n")
    code = Self.blanked(text).components(separatedBy: "\n")
  }

  /// The files under `folder`, which is relative to the top of the project; Swift's unless another ending is named.
  static func all(under folder: String, ending: String = "swift") -> [SourceFile] {
    let root = House.top.appending(path: folder)
    let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    var files: [SourceFile] = []
    while let file = found?.nextObject() as? URL {
      guard file.pathExtension == ending, let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
      files.append(SourceFile(path: String(file.path().dropFirst(House.top.path().count)), text: text))
    }
    return files.sorted { $0.path < $1.path }
  }

  /// Blanks comments and texts, so that words in them are not taken for code. What is interpolated goes too.
  private static func blanked(_ text: String) -> String {
    enum Place { case code, line, block(Int), text(quotes: Int, marks: Int) }
    let (newline, slash, star, quote, mark, backslash) = (
      UInt8(10), UInt8(47), UInt8(42), UInt8(34), UInt8(35), UInt8(92)
    )
    let bytes = Array(text.utf8)
    var output = bytes
    var place = Place.code
    var index = 0
    func run(of byte: UInt8, at start: Int) -> Int {
      var end = start
      while end < bytes.count, bytes[end] == byte { end += 1 }
      return end - start
    }
    while index < bytes.count {
      let byte = bytes[index]
      let next = index + 1 < bytes.count ? bytes[index + 1] : newline
      var length = 1
      var isCode = false
      switch place {
      case .code:
        if byte == slash, next == slash {
          place = .line
        } else if byte == slash, next == star {
          place = .block(1)
          length = 2
        } else if byte == quote || byte == mark {
          let marks = run(of: mark, at: index)
          let quotes = run(of: quote, at: index + marks)
          if quotes > 0 {
            // A long text begins with three quotes at a line's end; `#"""#` is a short one.
            let after = index + marks + 3
            let isLong = quotes >= 3 && (after >= bytes.count || bytes[after] == newline)
            place = .text(quotes: isLong ? 3 : 1, marks: marks)
            length = marks + (isLong ? 3 : 1)
          } else {
            isCode = true
            length = marks
          }
        } else {
          isCode = true
        }
      case .line:
        if byte == newline { place = .code }
      case .block(let depth):
        if byte == star, next == slash {
          place = depth == 1 ? .code : .block(depth - 1)
          length = 2
        } else if byte == slash, next == star {
          place = .block(depth + 1)
          length = 2
        }
      case .text(let quotes, let marks):
        if byte == newline, quotes == 1 {
          place = .code
        } else if byte == quote, run(of: quote, at: index) >= quotes, run(of: mark, at: index + quotes) >= marks {
          place = .code
          length = quotes + marks
        } else if byte == backslash, marks == 0 {
          length = 2
        }
      }
      let end = min(index + length, bytes.count)
      if !isCode { for place in index..<end where bytes[place] != newline { output[place] = 32 } }
      index = end
    }
    return String(decoding: output, as: UTF8.self)
  }
}
