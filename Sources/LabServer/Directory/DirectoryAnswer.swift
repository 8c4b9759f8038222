import FoundationEssentials

/// The options of a read in the directory, which take a member or a filter of equals signs.
struct DirectoryQuery {
  private let options: QueryOptions

  init(_ call: GraphCall, allowed: Set<String>) throws {
    options = try QueryOptions(call.request.query, allowed: allowed)
  }

  /// The members that were selected; nil: all.
  var selection: [String]? { options["$select"].map { $0.split(separator: ",").map { $0.filter { $0 != " " } } } }

  subscript(_ name: String) -> String? { options[name] }

  func count(_ name: String) throws -> Int? { try options.count(name) }

  func next(skipToken: String) -> String { options.next(skipToken: skipToken) }

  /// `name eq 'value'`, joined by `and`; nil without a filter.
  ///
  /// - Throws: 400 for anything else, as the directory does for what it cannot filter by.
  func equals(of known: Set<String>) throws -> [String: String]? {
    guard let filter = options["$filter"] else { return nil }
    var wanted: [String: String] = [:]
    for part in filter.split(separator: " and ") {
      let words = part.split(separator: " ", maxSplits: 2).map(String.init)
      guard words.count == 3, words[1] == "eq", known.contains(words[0]), words[2].utf8.count > 2,
        words[2].hasPrefix("'"), words[2].hasSuffix("'")
      else {
        throw GraphRefusal(
          status: 400, code: "Request_UnsupportedQuery",
          message: "Unsupported or invalid query filter clause specified.")
      }
      wanted[words[0]] = String(words[2].dropFirst().dropLast())
    }
    return wanted
  }
}

extension GraphRefusal {
  /// What the directory says to whoever lacks a permission.
  static let denied = GraphRefusal(
    status: 403, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation.")
  static func resourceNotFound(_ id: String) -> GraphRefusal {
    GraphRefusal(
      status: 404, code: "Request_ResourceNotFound",
      message: "Resource '\(id)' does not exist or one of its queried reference-property objects are not present.")
  }
}

extension GraphCall {
  /// Lets in who has one of these permissions, as an app or for a person.
  ///
  /// - Throws: 403 in the words of the directory.
  func requireInDirectory(_ accepted: String..., delegated: [String] = []) throws {
    let isAllowed =
      if let person { (accepted + delegated).contains(where: person.scopes.contains) } else {
        accepted.contains(where: roles.contains)
      }
    guard isAllowed else { throw GraphRefusal.denied }
  }

  func entity(_ context: String, _ members: [String: JsonValue], _ selection: [String]?) -> LabAnswer {
    var members = members.filter { selection?.contains($0.key) ?? true }
    members["@odata.context"] = .string("\(origin)/v1.0/$metadata#\(context)/$entity")
    var json = JsonWriter()
    JsonValue.object(members).write(to: &json)
    return LabAnswer(status: 200, body: json.bytes)
  }

  func collection(
    _ context: String, _ items: [[String: JsonValue]], _ selection: [String]? = nil, next: String? = nil
  ) -> LabAnswer {
    LabAnswer(
      status: 200,
      body: jsonObject(reserving: 256 + items.count * 400) { json in
        json.field("@odata.context", "\(origin)/v1.0/$metadata#\(context)")
        if let next { json.field("@odata.nextLink", next) }
        json.array("value") { json in
          for item in items { JsonValue.object(item.filter { selection?.contains($0.key) ?? true }).write(to: &json) }
        }
      })
  }
}
