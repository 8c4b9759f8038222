/// The members of a control body, each of a known name.
struct ControlFields {
  private let members: [String: JsonValue]

  /// - Throws: `ControlProblem` for what is no object, or has a member that nobody knows.
  init(_ body: [UInt8], known: [String]) throws {
    guard let members = JsonValue.parse(body)?.members else { throw ControlProblem(text: "The body is not an object.") }
    if let unknown = members.keys.sorted().first(where: { !known.contains($0) }) {
      throw ControlProblem(text: "'\(unknown)' is not known: \(known.joined(separator: ", ")).")
    }
    self.members = members
    others = [:]
  }

  /// The members beside those of a change, which is read by the rules of its PATCH.
  let others: [String: JsonValue]

  /// - Throws: `ControlProblem` for what is no object.
  init(own: Set<String>, of body: [UInt8]) throws {
    guard let members = JsonValue.parse(body)?.members else { throw ControlProblem(text: "The body is not an object.") }
    self.members = members.filter { own.contains($0.key) }
    others = members.filter { !own.contains($0.key) }
  }

  subscript(_ name: String) -> JsonValue? { members[name] }

  func text(_ name: String) throws -> String? {
    guard let value = members[name] else { return nil }
    guard let text = value.text else { throw ControlProblem(text: "'\(name)' must be a text.") }
    return text
  }

  func texts(_ name: String) throws -> [String]? {
    guard let value = members[name] else { return nil }
    guard let texts = value.texts else { throw ControlProblem(text: "'\(name)' must be texts.") }
    return texts
  }

  func flag(_ name: String) throws -> Bool? {
    guard let value = members[name] else { return nil }
    guard case .bool(let flag) = value else { throw ControlProblem(text: "'\(name)' must be true or false.") }
    return flag
  }

  func number(_ name: String, most: Int) throws -> Int? {
    try members[name].map { try ControlProblem.number($0, name, most: most) }
  }

  /// One of the words of an enumeration.
  func word<Word: RawRepresentable & CaseIterable>(_ name: String, _: Word.Type = Word.self) throws -> Word?
  where Word.RawValue == String {
    guard let value = members[name] else { return nil }
    guard let word = value.text.flatMap(Word.init(rawValue:)) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw ControlProblem(text: "'\(name)' must be one of \(known).")
    }
    return word
  }

  /// An AADSTS number that the lab knows; `null` takes it back.
  func refusal(_ name: String) throws -> Int?? {
    guard let value = members[name] else { return nil }
    if value == .null { return .some(nil) }
    guard let code = value.integer, LabRefusalCodes.all.contains(code) else {
      throw ControlProblem(text: "'\(name)' must be an AADSTS number that the lab knows, or null.")
    }
    return code
  }
}
