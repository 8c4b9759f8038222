extension JSONNode {
  /// This value as JSON text: keys in the order given, two blanks of indentation, or all on one line.
  public func text(isPretty: Bool = true) -> String {
    var output = ""
    write(to: &output, indentation: isPretty ? 0 : nil)
    return output
  }

  private func write(to output: inout String, indentation: Int?) {
    switch value {
    case .null: output += "null"
    case .bool(let flag): output += flag ? "true" : "false"
    case .number(let digits): output += digits
    case .string(let text): Self.write(text, to: &output)
    case .array(let items):
      Self.writeList(items, "[", "]", to: &output, indentation: indentation) { item, output, inner in
        item.write(to: &output, indentation: inner)
      }
    case .object(let members):
      Self.writeList(members, "{", "}", to: &output, indentation: indentation) { member, output, inner in
        Self.write(member.key, to: &output)
        output += inner == nil ? ":" : ": "
        member.value.write(to: &output, indentation: inner)
      }
    }
  }

  private static func writeList<Item>(
    _ items: [Item], _ open: String, _ close: String, to output: inout String, indentation: Int?,
    _ write: (Item, inout String, Int?) -> Void
  ) {
    guard !items.isEmpty else {
      output += open + close
      return
    }
    output += open
    let inner = indentation.map { $0 + 2 }
    for (position, item) in items.enumerated() {
      if position > 0 { output += "," }
      if let inner { output += "\n" + String(repeating: " ", count: inner) }
      write(item, &output, inner)
    }
    if let indentation { output += "\n" + String(repeating: " ", count: indentation) }
    output += close
  }

  /// Escapes what JSON requires, and every other character that could steer a terminal.
  private static func write(_ text: String, to output: inout String) {
    output += "\""
    if text.utf8.allSatisfy(isItself) {
      output += text
      output += "\""
      return
    }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      default:
        if scalar.isPlainInJSON {
          output.unicodeScalars.append(scalar)
        } else {
          for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
          }
        }
      }
    }
    output += "\""
  }

  /// Whether it is ASCII that needs no escape.
  private static func isItself(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  // Ways to build an answer.
  public static let null = JSONNode(.null)
  public static func string(_ text: String?) -> JSONNode { text.map { JSONNode(.string($0)) } ?? .null }
  public static func number(_ number: Int?) -> JSONNode { number.map { JSONNode(.number(String($0))) } ?? .null }
  public static func bool(_ flag: Bool) -> JSONNode { JSONNode(.bool(flag)) }
  public static func array(_ items: [JSONNode]) -> JSONNode { JSONNode(.array(items)) }
  public static func strings(_ items: [String]) -> JSONNode { .array(items.map { .string($0) }) }
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
