import PartnerModel
import SafeText

/// Writes flat CSV from JSON objects: dotted names, arrays joined by `;`, null empty, CRLF, safe to open in a
/// spreadsheet and to look at in a terminal (RFC 4180).
enum CSV {
  /// A column: its name in the header, and the dotted path of its value. A path goes on into each item of an array.
  struct Column: ExpressibleByStringLiteral {
    var name: String
    var path: String
    init(_ name: String, path: String? = nil) {
      self.name = name
      self.path = path ?? name
    }
    init(stringLiteral name: String) { self.init(name) }
  }

  static func text(_ objects: [JSONNode], columns: [Column]) -> String {
    var text = columns.map { field($0.name) }.joined(separator: ",") + "\r\n"
    for object in objects {
      text += columns.map { field(value(object, path: $0.path)) }.joined(separator: ",") + "\r\n"
    }
    return text
  }

  private static func value(_ object: JSONNode, path: String) -> String {
    var nodes = [object]
    for part in path.split(separator: ".") {
      nodes = nodes.flatMap { $0.array ?? [$0] }.compactMap { $0[String(part)] }
    }
    return nodes.map(plain).joined(separator: ";")
  }

  private static func plain(_ node: JSONNode) -> String {
    switch node.value {
    case .null: ""
    case .bool(let flag): flag ? "true" : "false"
    case .number(let digits): digits
    case .string(let text): text
    case .array(let items): items.map(plain).joined(separator: ";")
    case .object: node.text(isPretty: false)
    }
  }

  /// What a spreadsheet would take as a formula gets a leading quote, full-width forms too; what would steer a terminal
  /// is made visible.
  ///
  /// Where `;` divides cells, as spreadsheets of many countries read it, a field ends at each `;` in it whatever stands
  /// around the field: so each part counts as a cell of its own, and so does each item of a list.
  static func field(_ outside: String) -> String {
    let text = outside.unicodeScalars.split(separator: ";", omittingEmptySubsequences: false)
      .map { part(String($0)) }.joined(separator: ";")
    guard text.unicodeScalars.contains(where: { $0 == "," || $0 == "\"" || $0 == ";" }) else { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }

  private static func part(_ outside: String) -> String {
    // Blanks in front are skipped by a spreadsheet, and so is a quote that it takes for the beginning of a field.
    let first = outside.unicodeScalars.first { !$0.properties.isWhitespace && $0 != "\"" }
    let isDangerous = [outside.unicodeScalars.first, first].contains { $0.map(dangerousFirst.contains) ?? false }
    return (isDangerous ? "'" : "") + SafeText(outside).text
  }

  private static let dangerousFirst: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "\0", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]
}
