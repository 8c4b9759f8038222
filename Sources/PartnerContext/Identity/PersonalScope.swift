import PartnerModel

/// What is asked for where a person acts.
enum PersonalScope {
  /// All that was consented to for the resource, who signed in, and a sign-in that lasts.
  static func text(_ resource: String) -> String { "\(resource)/.default offline_access openid profile" }

  /// Those of OpenID Connect say nothing about what may be read.
  private static let ofSignIn: Set = ["openid", "profile", "offline_access", "email"]

  /// The delegated permissions of a token, by the names that app roles have too.
  /// - Parameters:
  ///   - scopes: as a token or its answer lists them; the latter may name the resource before each.
  static func permissions(_ scopes: [String], of resource: String) -> [AppRole] {
    let names = scopes.map { $0.hasPrefix("\(resource)/") ? String($0.dropFirst(resource.count + 1)) : $0 }
    return Set(names).subtracting(ofSignIn).map { AppRole($0) }.sorted()
  }

  /// That we answer claims challenges (rule T10), and what one asked for.
  ///
  /// Source: Entra ID, "Claims challenges, claims requests and client capabilities".
  /// - Parameter challenge: a JSON object; `nil` for none.
  static func claims(adding challenge: String?) -> String {
    var members = challenge.flatMap { try? JSONReader.read($0) }?.members ?? []
    let place = members.firstIndex { $0.key == "access_token" }
    var token = (place.flatMap { members[$0].value.members } ?? []).filter { $0.key != "xms_cc" }
    token.append(.init(key: "xms_cc", value: .object(["values": .strings(["cp1"])])))
    let wanted = JSONNode.Member(key: "access_token", value: JSONNode(.object(token)))
    if let place { members[place] = wanted } else { members.append(wanted) }
    return JSONNode(.object(members)).text(isPretty: false)
  }
}
