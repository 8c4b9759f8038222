extension JSONNode {
  /// This value as JSON text: keys in the order given, two blanks of indentation, or all on one line.
  public func text(isPretty: Bool = true) -> String {
    var output: [UInt8] = []
    write(to: &output, indentation: isPretty ? 0 : nil)
    return String(decoding: output, as: UTF8.self)
  }

  private func write(to output: inout [UInt8], indentation: Int?) {
    switch value {
    case .null: output += "null".utf8
    case .bool(let flag): output += (flag ? "true" : "false").utf8
    case .number(let digits): output += digits.utf8
    case .string(let text): Self.write(text, to: &output)
    case .array(let items):
      Self.writeList(items, UInt8(ascii: "["), UInt8(ascii: "]"), to: &output, indentation: indentation) {
        item, output, inner in
        item.write(to: &output, indentation: inner)
      }
    case .object(let members):
      Self.writeList(members, UInt8(ascii: "{"), UInt8(ascii: "}"), to: &output, indentation: indentation) {
        member, output, inner in
        Self.write(member.key, to: &output)
        output.append(UInt8(ascii: ":"))
        if inner != nil { output.append(UInt8(ascii: " ")) }
        member.value.write(to: &output, indentation: inner)
      }
    }
  }

  private static func writeList<Item>(
    _ items: [Item], _ open: UInt8, _ close: UInt8, to output: inout [UInt8], indentation: Int?,
    _ write: (Item, inout [UInt8], Int?) -> Void
  ) {
    output.append(open)
    defer { output.append(close) }
    if items.isEmpty { return }
    let inner = indentation.map { $0 + 2 }
    for (position, item) in items.enumerated() {
      if position > 0 { output.append(UInt8(ascii: ",")) }
      if let inner { beginLine(inner, &output) }
      write(item, &output, inner)
    }
    if let indentation { beginLine(indentation, &output) }
  }

  private static func beginLine(_ indentation: Int, _ output: inout [UInt8]) {
    output.append(UInt8(ascii: "\n"))
    for _ in 0..<indentation { output.append(UInt8(ascii: " ")) }
  }

  /// Escapes what JSON requires, and every other character that could steer a terminal.
  private static func write(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    defer { output.append(UInt8(ascii: "\"")) }
    // Most texts stand there as they are.
    if text.utf8.withContiguousStorageIfAvailable({ $0.allSatisfy(isPlain) }) ?? false {
      output += text.utf8
      return
    }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\"".utf8
      case "\\": output += "\\\\".utf8
      case "\n": output += "\\n".utf8
      case "\r": output += "\\r".utf8
      case "\t": output += "\\t".utf8
      default:
        if scalar.isPlainInJSON {
          output += String(scalar).utf8
        } else {
          for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            output += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
          }
        }
      }
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  // Ways to build an answer.
  public static let null = JSONNode(.null)
  public static func string(_ text: String?) -> JSONNode { text.map { JSONNode(.string($0)) } ?? .null }
  public static func number(_ number: Int?) -> JSONNode { number.map { JSONNode(.number(String($0))) } ?? .null }
  public static func bool(_ flag: Bool) -> JSONNode { JSONNode(.bool(flag)) }
  public static func array(_ items: [JSONNode]) -> JSONNode { JSONNode(.array(items)) }
  public static func strings(_ items: [String]) -> JSONNode { .array(items.map { .string($0) }) }
  public static func object(_ members: [(String, JSONNode)]) -> JSONNode {
    JSONNode(.object(members.map { JSONNode.Member(key: $0.0, value: $0.1) }))
  }
  public static func object(_ members: KeyValuePairs<String, JSONNode>) -> JSONNode {
    JSONNode(.object(members.map { Member(key: $0.key, value: $0.value) }))
  }
}

extension Unicode.Scalar {
  /// Controls, format characters and unassigned code points are written as escapes.
  fileprivate var isPlainInJSON: Bool {
    if isASCII { return value >= 0x20 && value != 0x7F }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return false
    default: return true
    }
  }
}
