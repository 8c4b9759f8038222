/// A `$filter` expression: comparisons with `and`, `or` and parentheses.
struct Filter {
  enum Value: Hashable { case text(String), time(Moment), null }
  /// A judgement is an enumeration whose property may be null.
  enum Kind { case enumeration([String]), judgement([String]), text, time }

  private indirect enum Node {
    case comparison(property: String, Operator, Value)
    case and(Node, Node)
    case or(Node, Node)
  }
  private enum Operator: String { case eq, ne, gt, ge, lt, le }

  static let incidentProperties: [String: Kind] = [
    "assignedTo": .text,
    "classification": .judgement(Classification.allCases.map(\.rawValue)),
    "createdDateTime": .time,
    "determination": .judgement(Determination.allCases.map(\.rawValue)),
    "lastUpdateDateTime": .time,
    "severity": .enumeration(Severity.allCases.map(\.rawValue)),
    "status": .enumeration(IncidentStatus.allCases.map(\.rawValue) + [unknownFutureValue]),
  ]
  static let alertProperties: [String: Kind] = [
    "assignedTo": .text,
    "classification": .judgement(Classification.allCases.map(\.rawValue)),
    "determination": .judgement(Determination.allCases.map(\.rawValue)),
    "createdDateTime": .time,
    "lastUpdateDateTime": .time,
    "severity": .enumeration(Severity.allCases.map(\.rawValue)),
    "serviceSource": .enumeration(ServiceSource.allCases.map(\.rawValue) + [unknownFutureValue]),
    "status": .enumeration(AlertStatus.allCases.map(\.rawValue)),
  ]

  private let root: Node

  /// - Throws: `GraphRefusal` (400) naming what is not understood.
  init(_ text: String, properties: [String: Kind]) throws {
    var parser = Parser(tokens: try Self.tokens(text), properties: properties)
    root = try parser.disjunction(depth: 0)
    if let rest = parser.next { throw GraphRefusal.filter("Syntax error at '\(rest)'.") }
  }

  func accepts(_ value: (String) -> Value) -> Bool { accepts(root, value) }

  /// What is older by this property is accepted in no case; nil where the filter does not say so.
  func earliest(_ property: String) -> Moment? { Self.earliest(root, property) }

  private static func earliest(_ node: Node, _ property: String) -> Moment? {
    switch node {
    case .and(let left, let right):
      return [earliest(left, property), earliest(right, property)].compactMap { $0 }.max()
    case .or(let left, let right):
      guard let first = earliest(left, property), let second = earliest(right, property) else { return nil }
      return min(first, second)
    case .comparison(property, .gt, .time(let time)), .comparison(property, .ge, .time(let time)),
      .comparison(property, .eq, .time(let time)):
      return time
    case .comparison: return nil
    }
  }

  private func accepts(_ node: Node, _ value: (String) -> Value) -> Bool {
    switch node {
    case .and(let left, let right): accepts(left, value) && accepts(right, value)
    case .or(let left, let right): accepts(left, value) || accepts(right, value)
    case .comparison(let property, let comparison, let wanted): compare(value(property), comparison, wanted)
    }
  }

  private func compare(_ left: Value, _ comparison: Operator, _ right: Value) -> Bool {
    switch (comparison, left, right) {
    case (.eq, _, _): left == right
    case (.ne, _, _): left != right
    case (.gt, .time(let a), .time(let b)): a > b
    case (.ge, .time(let a), .time(let b)): a >= b
    case (.lt, .time(let a), .time(let b)): a < b
    case (.le, .time(let a), .time(let b)): a <= b
    case (.gt, .text(let a), .text(let b)): a > b
    case (.ge, .text(let a), .text(let b)): a >= b
    case (.lt, .text(let a), .text(let b)): a < b
    case (.le, .text(let a), .text(let b)): a <= b
    default: false
    }
  }

  /// Words, parentheses and quoted texts, which keep their opening quote as a mark.
  private static func tokens(_ text: String) throws -> [String] {
    var tokens: [String] = []
    var rest = text[...]
    while let character = rest.first {
      if character == " " {
        rest.removeFirst()
      } else if character == "(" || character == ")" {
        tokens.append(String(character))
        rest.removeFirst()
      } else if character == "'" {
        var literal = "'"
        rest.removeFirst()
        while true {
          guard let end = rest.firstIndex(of: "'") else {
            throw GraphRefusal.filter("There is an unterminated string literal.")
          }
          literal += rest[..<end]
          rest = rest[rest.index(after: end)...]
          guard rest.first == "'" else { break }
          literal += "'"
          rest.removeFirst()
        }
        tokens.append(literal)
      } else {
        let word = rest.prefix { !" ()'".contains($0) }
        tokens.append(String(word))
        rest = rest[word.endIndex...]
      }
    }
    return tokens
  }

  private struct Parser {
    var tokens: [String]
    let properties: [String: Kind]
    var position = 0

    var next: String? { position < tokens.count ? tokens[position] : nil }

    mutating func take() throws -> String {
      guard let token = next else { throw GraphRefusal.filter("Expression expected at the end.") }
      position += 1
      return token
    }

    mutating func disjunction(depth: Int) throws -> Node {
      guard depth < 50 else { throw GraphRefusal.filter("The recursion limit has been exceeded.") }
      var left = try conjunction(depth: depth)
      while next == "or" {
        position += 1
        left = .or(left, try conjunction(depth: depth))
      }
      return left
    }

    private mutating func conjunction(depth: Int) throws -> Node {
      var left = try term(depth: depth)
      while next == "and" {
        position += 1
        left = .and(left, try term(depth: depth))
      }
      return left
    }

    private mutating func term(depth: Int) throws -> Node {
      if next == "(" {
        position += 1
        let inner = try disjunction(depth: depth + 1)
        guard try take() == ")" else { throw GraphRefusal.filter("')' expected.") }
        return inner
      }
      let property = try take()
      guard let kind = properties[property] else {
        throw GraphRefusal.filter("The property '\(property)' is not filterable.")
      }
      let word = try take()
      guard let comparison = Operator(rawValue: word) else {
        throw GraphRefusal.filter("The operator '\(word)' is not supported.")
      }
      switch kind {
      case .enumeration, .judgement:
        guard comparison == .eq || comparison == .ne else {
          throw GraphRefusal.filter("The operator '\(word)' is not supported for the property '\(property)'.")
        }
      case .text, .time: break
      }
      return .comparison(property: property, comparison, try literal(kind, property))
    }

    private mutating func literal(_ kind: Kind, _ property: String) throws -> Value {
      let token = try take()
      let quoted = token.hasPrefix("'") ? String(token.dropFirst()) : nil
      switch kind {
      case .text where token == "null", .judgement where token == "null": return .null
      case .text:
        if let quoted { return .text(quoted) }
      case .enumeration(let members), .judgement(let members):
        if let quoted, let match = members.first(where: { $0.lowercased() == quoted.lowercased() }) {
          return .text(match)
        }
      case .time:
        if quoted == nil, let time = Moment(graphText: token[...]) { return .time(time) }
      }
      throw GraphRefusal.filter("The value \(token) does not fit the property '\(property)'.")
    }
  }
}
