/// A JSON value as it was received; bodies sent to the lab are small, so a tree is fine here.
enum JsonValue: Hashable, Sendable {
  case null, bool(Bool), number(Double), string(String), array([JsonValue]), object([String: JsonValue])

  /// Nil when the bytes are not JSON, strictly.
  static func parse(_ bytes: [UInt8]) -> JsonValue? {
    var reader = JsonReader(bytes)
    return reader.document()
  }

  var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// Nil for a number with a fraction, or one too large to count with.
  var integer: Int? {
    guard case .number(let number) = self else { return nil }
    return Int(exactly: number)
  }

  var members: [String: JsonValue]? {
    if case .object(let members) = self { members } else { nil }
  }

  var items: [JsonValue]? {
    if case .array(let items) = self { items } else { nil }
  }

  /// The texts of an array of nothing but texts.
  var texts: [String]? {
    guard let items else { return nil }
    let texts = items.compactMap(\.text)
    return texts.count == items.count ? texts : nil
  }

  func write(to json: inout JsonWriter) {
    switch self {
    case .null: json.raw("null")
    case .bool(let value): json.raw(value ? "true" : "false")
    case .number(let value): json.raw(Int(exactly: value).map(String.init) ?? String(value))
    case .string(let value): json.string(value)
    case .array(let values): json.array { json in values.forEach { $0.write(to: &json) } }
    case .object(let members):
      json.object { json in
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
          json.name(key)
          value.write(to: &json)
        }
      }
    }
  }
}
