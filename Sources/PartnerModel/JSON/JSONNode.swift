/// A JSON value that knows where it stood in its file.
public struct JSONNode: Hashable, Sendable {
  public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As written, so that no digit is lost.
    case number(String)
    case string(String)
    case array([JSONNode])
    /// In the order of the file. A key that stands twice is refused by the reader.
    case object([Member])
  }

  public struct Member: Hashable, Sendable {
    public var key: String
    public var keyPosition: TextPosition
    public var value: JSONNode

    public init(key: String, keyPosition: TextPosition = .start, value: JSONNode) {
      self.key = key
      self.keyPosition = keyPosition
      self.value = value
    }
  }

  public var value: Value
  public var position: TextPosition

  public init(_ value: Value, at position: TextPosition = .start) {
    self.value = value
    self.position = position
  }

  public subscript(key: String) -> JSONNode? {
    guard case .object(let members) = value else { return nil }
    return members.first { $0.key == key }?.value
  }

  public var string: String? { if case .string(let text) = value { text } else { nil } }
  public var bool: Bool? { if case .bool(let flag) = value { flag } else { nil } }
  public var number: Double? { if case .number(let digits) = value { Double(digits) } else { nil } }
  public var array: [JSONNode]? { if case .array(let items) = value { items } else { nil } }
  public var members: [Member]? { if case .object(let members) = value { members } else { nil } }
  public var isNull: Bool { value == .null }
}

/// A place in a text, counted from 1; columns count characters.
public struct TextPosition: Hashable, Sendable {
  public var line: Int
  public var column: Int
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
  public static let start = TextPosition(line: 1, column: 1)
}

/// Why a text is not the JSON that was expected.
public struct JSONReadError: Error, Hashable, Sendable {
  public var position: TextPosition
  public var message: String
}
