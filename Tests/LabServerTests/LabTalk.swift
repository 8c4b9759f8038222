import Foundation
import LabServer
import Synchronization

/// A clock that stands still until it is told otherwise.
final class HandClock: Sendable {
  private let time: Mutex<Date>

  init(_ time: Date) { self.time = Mutex(time) }

  var now: Date { time.withLock { $0 } }
  func pass(_ seconds: Double) { time.withLock { $0 += seconds } }
}

let fixedEpoch = Date(timeIntervalSince1970: 1_772_000_000)

/// A lab with these scenarios, one tenant each, its data frozen and its clock in our hand.
func options(_ scenarios: LabScenario..., clock: HandClock = HandClock(fixedEpoch)) -> LabOptions {
  var tenants = LabTenant.generate(count: scenarios.count, seed: 7)
  for index in tenants.indices { tenants[index].scenario = scenarios[index] }
  var options = LabOptions(tenants: tenants, secret: "a+secret/with=signs", scenarios: .mixed)
  options.epoch = fixedEpoch
  options.now = { clock.now }
  return options
}

let security = "v1.0/security"
let prefer = ("Prefer", "include-unknown-enum-members")

extension LabServer {
  func form(_ changes: [String: String?] = [:], secret: String = "a+secret/with=signs") -> String {
    var fields: [String: String] = [
      "grant_type": "client_credentials", "client_id": "11111111-2222-3333-4444-555555555555",
      "client_secret": secret, "scope": "https://graph.microsoft.com/.default",
    ]
    for (name, value) in changes { fields[name] = value }
    let allowed = CharacterSet.alphanumerics
    return fields.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }
      .joined(separator: "&")
  }

  func askToken(_ tenant: String, _ changes: [String: String?] = [:], headers: [(String, String)] = []) async throws
    -> RawAnswer
  {
    try await send(
      "POST", "\(baseURL)/\(tenant)/oauth2/v2.0/token",
      [("Content-Type", "application/x-www-form-urlencoded")] + headers, body: form(changes))
  }

  func token(_ tenant: String) async throws -> String {
    try await askToken(tenant).object()["access_token"] as? String ?? ""
  }

  func get(_ path: String, _ token: String, _ headers: [(String, String)] = [prefer]) async throws -> RawAnswer {
    try await send("GET", "\(baseURL)/\(path)", [("Authorization", "Bearer \(token)")] + headers)
  }

  func patch(_ id: String, _ token: String, _ body: String, _ headers: [(String, String)] = []) async throws
    -> RawAnswer
  {
    try await send(
      "PATCH", "\(baseURL)/\(security)/incidents/\(id)",
      [("Authorization", "Bearer \(token)"), prefer, ("Content-Type", "application/json")] + headers, body: body)
  }

  func post(_ path: String, _ token: String, _ body: String) async throws -> RawAnswer {
    try await write("POST", path, token, body)
  }

  func write(_ method: String, _ path: String, _ token: String, _ body: String) async throws -> RawAnswer {
    try await send(
      method, "\(baseURL)/\(security)/\(path)",
      [("Authorization", "Bearer \(token)"), prefer, ("Content-Type", "application/json")], body: body)
  }

  func control(_ method: String, _ path: String, _ body: String? = nil) async throws -> RawAnswer {
    try await send(method, "\(baseURL)/lab/\(path)", body: body)
  }
}

/// A JSON value as bytes that are equal when the values are.
func canonical(_ value: Any) throws -> Data {
  try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
}
