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
  static let platform: Set<String> = ["FoundationEssentials", "Glibc", "Synchronization"]

  static let rooms: [Room] = [
    Room(name: "SafeText"),
    Room(name: "PartnerModel", others: ["FoundationEssentials"]),
    Room(name: "TerminalKit", ours: ["SafeText"]),
    Room(name: "ConsoleCore", ours: ["PartnerModel", "TerminalKit", "SafeText"], others: ["FoundationEssentials"]),
    Room(name: "CSimdjson"),
    Room(
      name: "PartnerContext", ours: ["PartnerModel", "CSimdjson"],
      products: [
        "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOFoundationCompat", "NIOSSL", "Crypto", "Logging",
      ], others: platform),
    Room(name: "PartnerStore", ours: ["PartnerModel"], products: ["GRDB", "Crypto"], others: platform),
    Room(
      name: "PartnerOperations", ours: ["PartnerModel", "PartnerContext", "PartnerStore"], others: platform),
    Room(name: "CNcurses"),
    Room(name: "CSignals"),
    Room(name: "NcursesDriver", ours: ["TerminalKit", "SafeText", "CNcurses", "CSignals"], others: platform),
    Room(
      name: "LabServer",
      products: ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "Crypto", "CryptoExtras", "X509"],
      others: platform.union(["SwiftASN1", "NIOConcurrencyHelpers", "NIOFoundationCompat", "NIOTLS"])),
    Room(
      name: "ConsoleApp",
      ours: [
        "SafeText", "PartnerModel", "TerminalKit", "ConsoleCore", "PartnerContext", "PartnerStore",
        "PartnerOperations", "NcursesDriver", "CSignals", "LabServer",
      ], products: ["ArgumentParser", "Logging"], others: platform),
    Room(name: "partner-console", ours: ["ConsoleApp"]),
    Room(
      name: "console-bench",
      ours: [
        "ConsoleApp", "SafeText", "PartnerModel", "TerminalKit", "ConsoleCore", "PartnerContext", "PartnerStore",
        "PartnerOperations", "NcursesDriver", "LabServer",
      ], products: ["ArgumentParser"], others: platform),
  ]

  /// Who alone may open a door to the outside.
  static let doors: [(module: String, room: String)] = [
    ("CNcurses", "NcursesDriver"), ("AsyncHTTPClient", "PartnerContext"), ("CSimdjson", "PartnerContext"),
    ("GRDB", "PartnerStore"), ("X509", "LabServer"), ("NIOPosix", "LabServer"),
  ]

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

  /// The Swift files under `folder`, which is relative to the top of the project.
  static func all(under folder: String) -> [SourceFile] {
    let root = House.top.appending(path: folder)
    let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    var files: [SourceFile] = []
    while let file = found?.nextObject() as? URL {
      guard file.pathExtension == "swift", let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
      files.append(SourceFile(path: String(file.path().dropFirst(House.top.path().count)), text: text))
    }
    return files.sorted { $0.path < $1.path }
  }

  /// Blanks comments and texts, so that words in them are not taken for code. What is interpolated goes too.
  private static func blanked(_ text: String) -> String {
    enum Place: Equatable { case code, line, block(Int), text(quote: [UInt8]) }
    let bytes = Array(text.utf8)
    let newline = UInt8(ascii: "\n")
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var place = Place.code
    var index = 0
    func stands(_ needle: [UInt8]) -> Bool { bytes[index...].starts(with: needle) }
    while index < bytes.count {
      let byte = bytes[index]
      var length = 1
      var isKept = false
      switch place {
      case .code:
        if stands(Array("//".utf8)) {
          place = .line
        } else if stands(Array("/*".utf8)) {
          place = .block(1)
          length = 2
        } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#") {
          let marks = bytes[index...].prefix { $0 == UInt8(ascii: "#") }
          let quotes = bytes[(index + marks.count)...].prefix(3)
          if quotes.first == UInt8(ascii: "\"") {
            let isLong = quotes.count == 3 && quotes.allSatisfy { $0 == UInt8(ascii: "\"") }
            let quote = [UInt8](repeating: UInt8(ascii: "\""), count: isLong ? 3 : 1)
            place = .text(quote: quote + marks)
            length = marks.count + quote.count
          } else {
            isKept = true
          }
        } else {
          isKept = true
        }
      case .line:
        if byte == newline { place = .code }
      case .block(let depth):
        if stands(Array("*/".utf8)) {
          place = depth == 1 ? .code : .block(depth - 1)
          length = 2
        } else if stands(Array("/*".utf8)) {
          place = .block(depth + 1)
          length = 2
        }
      case .text(let quote):
        let isRaw = quote.last == UInt8(ascii: "#")
        if stands(quote) {
          place = .code
          length = quote.count
        } else if byte == UInt8(ascii: "\\"), !isRaw {
          length = 2
        }
      }
      for byte in bytes[index..<min(index + length, bytes.count)] {
        output.append(isKept || byte == newline ? byte : UInt8(ascii: " "))
      }
      index += length
    }
    return String(decoding: output, as: UTF8.self)
  }
}
