import PartnerModel
import SafeText

/// Writes flat CSV from JSON objects: dotted names, arrays joined by `;`, null empty, CRLF, safe to open in a
/// spreadsheet and to look at in a terminal (RFC 4180).
enum CSV {
  /// - Parameter columns: dotted paths, in order; they are the header as well. A path goes on into each item of an
  ///   array.
  static func text(_ objects: [JSONNode], columns: [String]) -> String {
    var text = columns.map(field).joined(separator: ",") + "\r\n"
    for object in objects {
      text += columns.map { field(value(object, path: $0)) }.joined(separator: ",") + "\r\n"
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
  static func field(_ outside: String) -> String {
    var text = SafeText(outside).text
    if let first = outside.unicodeScalars.first, dangerousFirst.contains(first) { text = "'" + text }
    guard text.unicodeScalars.contains(where: { $0 == "," || $0 == "\"" }) else { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }

  private static let dangerousFirst: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "\0", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]
}
