import Foundation
import LabServer
import SystemCrypto
import Testing

let graphDefault = "https://graph.microsoft.com/.default"
let everything = "\(graphDefault) offline_access openid profile"
let verifier = String(repeating: "v", count: 43)
let homeID = "5b0f3c1e-7d0a-4f0e-9a52-3f6c1f0f7a11"

/// A public client's lab: a home tenant with one operator, and customers that are in this state.
func peopleOptions(
  _ access: LabAccess..., scenarios: [LabScenario] = [], clock: HandClock = HandClock(fixedEpoch)
) -> LabOptions {
  var tenants = LabTenant.generate(count: access.count, seed: 7)
  for index in tenants.indices {
    tenants[index].access = access[index]
    tenants[index].scenario = scenarios.indices.contains(index) ? scenarios[index] : .granted
  }
  var options = LabOptions(tenants: tenants, scenarios: .granted)
  options.homeTenant = homeID
  options.isPublicClient = true
  options.epoch = fixedEpoch
  options.now = { clock.now }
  return options
}

func formText(_ fields: [String: String?]) -> String {
  let pairs = fields.sorted { $0.key < $1.key }.compactMap { name, value in value.map { "\(name)=\(escaped($0))" } }
  return pairs.joined(separator: "&")
}

func escaped(_ text: String) -> String {
  text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
}

/// The fields of the address that a redirect leads to, as they stand there.
func redirected(_ answer: RawAnswer) throws -> [String: String] {
  let location = try #require(answer.header("Location"))
  let mark = try #require(location.firstIndex { $0 == "?" || $0 == "#" })
  let pairs = location[location.index(after: mark)...].split(separator: "&").map { pair in
    let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
    return (parts[0], parts.count > 1 ? parts[1] : "")
  }
  return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
}

/// The value that a page's form carries hidden.
func hidden(_ name: String, on page: RawAnswer) throws -> String {
  let start = "name=\"\(name)\" value=\""
  let range = try #require(page.text.range(of: start))
  return String(page.text[range.upperBound...].prefix { $0 != "\"" })
}

/// The claims of a token.
func claims(_ token: String?) throws -> [String: Any] {
  let part = try #require(token).split(separator: ".")[1]
  let data = try #require(decoded(String(part)))
  return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
}

extension LabServer {
  func post(_ path: String, _ fields: [String: String?], _ headers: [(String, String)] = []) async throws -> RawAnswer {
    try await send(
      "POST", "\(baseURL)/\(path)", [("Content-Type", "application/x-www-form-urlencoded")] + headers,
      body: formText(fields))
  }

  func authorize(_ tenant: String, _ changes: [String: String?] = [:], cookie: String? = nil) async throws -> RawAnswer
  {
    var fields: [String: String?] = [
      "client_id": "11111111-2222-3333-4444-555555555555", "response_type": "code",
      "redirect_uri": "http://localhost:51234/", "scope": everything, "state": "s",
      "code_challenge": try challenge(), "code_challenge_method": "S256",
    ]
    for (name, value) in changes { fields[name] = value }
    return try await send(
      "GET", "\(baseURL)/\(tenant)/oauth2/v2.0/authorize?\(formText(fields))", cookie.map { [("Cookie", $0)] } ?? [])
  }

  func challenge() throws -> String {
    Data(try Digest.sha256(Array(verifier.utf8))).base64EncodedString().replacing("+", with: "-")
      .replacing("/", with: "_").replacing("=", with: "")
  }

  /// A code of somebody who signs in without looking.
  func code(_ tenant: String, _ changes: [String: String?] = [:]) async throws -> String {
    answer(signIn: .auto)
    return try #require(try redirected(try await authorize(tenant, changes))["code"])
  }

  func redeem(_ tenant: String, _ code: String, _ changes: [String: String?] = [:]) async throws -> RawAnswer {
    var fields: [String: String?] = [
      "grant_type": "authorization_code", "client_id": "11111111-2222-3333-4444-555555555555", "code": code,
      "redirect_uri": "http://localhost:51234/", "code_verifier": verifier,
    ]
    for (name, value) in changes { fields[name] = value }
    return try await post("\(tenant)/oauth2/v2.0/token", fields)
  }

  /// The tokens of somebody who has signed in.
  func signIn(_ tenant: String, _ changes: [String: String?] = [:]) async throws -> [String: Any] {
    try await redeem(tenant, try await code(tenant, changes)).object()
  }

  func refreshToken(_ tenant: String = homeID) async throws -> String {
    try #require(try await signIn(tenant)["refresh_token"] as? String)
  }

  func refresh(_ tenant: String, _ token: String, _ changes: [String: String?] = [:]) async throws -> RawAnswer {
    var fields: [String: String?] = [
      "grant_type": "refresh_token", "client_id": "11111111-2222-3333-4444-555555555555", "refresh_token": token,
      "scope": "\(graphDefault) offline_access",
    ]
    for (name, value) in changes { fields[name] = value }
    return try await post("\(tenant)/oauth2/v2.0/token", fields)
  }

  func poll(_ tenant: String, _ code: String, _ changes: [String: String?] = [:]) async throws -> RawAnswer {
    var fields: [String: String?] = [
      "grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": code,
      "client_id": "11111111-2222-3333-4444-555555555555",
    ]
    for (name, value) in changes { fields[name] = value }
    return try await post("\(tenant)/oauth2/v2.0/token", fields)
  }

  func askDevice(_ tenant: String) async throws -> [String: Any] {
    try await post(
      "\(tenant)/oauth2/v2.0/devicecode",
      ["client_id": "11111111-2222-3333-4444-555555555555", "scope": everything]
    ).object()
  }
}

extension RawAnswer {
  /// `error` and number of a token endpoint's refusal.
  func refusal() throws -> String {
    let body = try object()
    let codes = (body["error_codes"] as? [Int] ?? []).map(String.init).joined(separator: ",")
    return "\(status) \(body["error"] as? String ?? "none") \(codes)"
  }
}
