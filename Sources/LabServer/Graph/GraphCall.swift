/// A Graph request whose caller is known.
struct GraphCall {
  var room: TenantRoom
  var request: LabRequest
  var roles: [String]
  /// Nil: the app acts by itself.
  var person: Caller.Person?
  var spelling: Spelling
  var requestID: String
  var origin: String

  /// Lets an app in that has one of these permissions, or a person for whom the app has one of them and who may do
  /// in Defender what it is for.
  ///
  /// - Throws: 403 in the words of Graph security.
  func require(_ accepted: [String]) throws {
    guard let person else {
      guard !accepted.contains(where: roles.contains) else { return }
      throw GraphRefusal.roles(required: accepted, present: roles)
    }
    guard accepted.contains(where: person.scopes.contains) else {
      throw GraphRefusal.scopes(required: accepted, present: person.scopes)
    }
    let isWrite = !accepted.contains { $0.hasSuffix(".Read.All") }
    guard person.roles.contains(where: { $0.mayWrite || !isWrite }) else { throw GraphRefusal.roleMissing }
  }

  /// Who is told to have written a comment.
  var author: String { person?.account.user.name ?? LabWorld.appAuthor }
  /// Who is told to have changed something.
  var writer: String { person?.account.user.upn ?? LabWorld.appAuthor }
}

/// The OData options of a list, each at most once.
struct QueryOptions {
  private var values: [String: String] = [:]
  private(set) var order: [String] = []

  init(_ query: String, allowed: Set<String>) throws {
    guard let fields = formFields(query) else {
      throw GraphRefusal.badRequest("The query string is not properly encoded.")
    }
    for (name, value) in fields {
      let key = name.lowercased()
      guard allowed.contains(key) else { throw GraphRefusal.option(name) }
      guard values.updateValue(value, forKey: key) == nil else {
        throw GraphRefusal.badRequest(
          "Query option '\(name)' was specified more than once, but it must be at most once.")
      }
      order.append(key)
    }
  }

  subscript(_ name: String) -> String? { values[name] }

  func count(_ name: String) throws -> Int? {
    guard let text = values[name] else { return nil }
    guard let number = Int(text), number >= 0, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
      throw GraphRefusal.invalidOption(name, text)
    }
    return number
  }

  func flag(_ name: String) throws -> Bool {
    switch values[name]?.lowercased() {
    case nil, "false": return false
    case "true": return true
    default: throw GraphRefusal.badRequest("Invalid value '\(values[name] ?? "")' for \(name) query option found.")
    }
  }

  /// The same query, for the next page.
  func next(skipToken: String) -> String {
    var pairs: [String] = []
    for name in order where name != "$skip" && name != "$skiptoken" {
      pairs.append("\(name)=\(percentEncoded(values[name] ?? ""))")
    }
    pairs.append("$skiptoken=\(percentEncoded(skipToken))")
    return pairs.joined(separator: "&")
  }
}

/// The place in a list where the next page begins; bound to the tenant that it was made for.
struct SkipToken {
  static func make(_ room: TenantRoom, offset: Int) -> String {
    let check = Chance.mark(room.seed, UInt64(offset))
    return "\(room.firstID / TenantRoom.idsPerTenant).\(offset).\(check)"
  }

  /// - Returns: the offset, and the number of the tenant when the token is another one's.
  static func read(_ text: String, for room: TenantRoom) -> (offset: Int, foreign: Int?)? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let owner = Int(parts[0]), owner > 0, let offset = Int(parts[1]), offset >= 0 else {
      return nil
    }
    if owner != room.firstID / TenantRoom.idsPerTenant { return (offset, owner) }
    return parts[2] == Chance.mark(room.seed, UInt64(offset)) ? (offset, nil) : nil
  }
}

extension Chance {
  fileprivate static func mark(_ seed: UInt64, _ number: UInt64) -> String {
    var chance = Chance(seed, 0x70CE, number)
    return chance.hex(12)
  }
}
