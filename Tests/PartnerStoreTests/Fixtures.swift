import Foundation
import GRDB
import PartnerModel
import PartnerStore
import Testing

/// Lends a fresh state folder.
func withFolder<Value>(_ body: (StateFolder) throws -> Value) throws -> Value {
  let place = try makePlace()
  defer { try? FileManager.default.removeItem(atPath: place) }
  return try body(try StateFolder.open(at: place + "/state"))
}

/// Lends a fresh state folder.
func withFolder<Value>(_ body: (StateFolder) async throws -> Value) async throws -> Value {
  let place = try makePlace()
  defer { try? FileManager.default.removeItem(atPath: place) }
  return try await body(try StateFolder.open(at: place + "/state"))
}

/// A new folder for one test.
func makePlace() throws -> String {
  let place = NSTemporaryDirectory() + "/partner-store-" + UUID().uuidString
  try FileManager.default.createDirectory(
    atPath: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  return place
}

/// A connection beside the store's own, as another program would have.
func withDatabase<Value>(_ path: String, _ body: (Database) throws -> Value) throws -> Value {
  let queue = try DatabaseQueue(path: path)
  defer { try? queue.close() }
  return try queue.writeWithoutTransaction(body)
}

func mode(of path: String) throws -> Int {
  let attributes = try FileManager.default.attributesOfItem(atPath: path)
  return try #require(attributes[.posixPermissions] as? Int)
}

struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

let noon = Date(timeIntervalSince1970: 1_780_000_000)
let contoso = TenantID(high: 0x1111_1111_1111_1111, low: 0x1111_1111_1111_1111)
let fabrikam = TenantID(high: 0xF222_2222_2222_2222, low: 0x2222_2222_2222_2222)

func tenant(_ number: Int) -> TenantID { TenantID(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number)) }

func write(_ id: String, in tenant: TenantID = contoso, incident: String = "7") -> IncidentWrite {
  IncidentWrite(
    id: WriteID(id), key: IncidentKey(tenant: tenant, id: IncidentID(incident)),
    update: IncidentUpdate(status: .inProgress, assignment: .to("anna@partner.example")), state: .queued,
    operatorUPN: "anna@partner.example", intendedAt: noon)
}

extension Incident {
  /// A whole incident of many colours, the same for the same seed.
  static func any(
    _ number: Int, in tenant: TenantID, seed: UInt64 = 1, withAlerts: Bool = false
  ) -> Incident {
    var chance = SplitMix(seed: seed &+ UInt64(number))
    let created = Timestamp(
      ticks: 17_800_000_000_000_000 - Int64.random(in: 0..<26_000_000_000_000, using: &chance), fractionDigits: 7)
    let severities: [Severity] = [.high, .medium, .low, .informational, .unrecognised("critical")]
    let statuses: [IncidentStatus] = [.active, .inProgress, .resolved, .active, .redirected, .active]
    var incident = Incident(
      tenant: tenant, id: IncidentID(String(number)),
      displayName: "Multi-stage incident involving İstanbul credential access on host \(number)",
      details: "What happened on \(number)", severity: severities[Int.random(in: 0..<5, using: &chance)],
      status: statuses[Int.random(in: 0..<6, using: &chance)],
      classification: Bool.random(using: &chance) ? .truePositive : nil,
      determination: Bool.random(using: &chance) ? .phishing : nil,
      assignedTo: Bool.random(using: &chance) ? "analyst\(number % 9)@partner.example" : nil,
      customTags: number % 3 == 0 ? ["gold", "say \"hi\", you", "a\\b", "“\u{202E}”"] : number % 3 == 1 ? ["eu"] : [],
      systemTags: number % 5 == 0 ? ["Defender Experts"] : [], createdAt: number % 17 == 0 ? nil : created,
      updatedAt: Timestamp(ticks: created.ticks + 6_000_000_001, fractionDigits: 3), lastModifiedBy: "Microsoft 365",
      webURL: "https://security.microsoft.com/incidents/\(number)?tid=\(tenant)", priorityScore: number % 100)
    incident.comments =
      number % 4 == 0
      ? [IncidentComment(text: "Looked at it", createdBy: "bo@partner.example", createdAt: created)] : []
    if withAlerts {
      incident.alerts = (0..<3).map { position in
        var alert = Alert(
          id: "al\(number)-\(position)", title: "Suspicious sign-in", severity: .high, status: .new,
          serviceSource: "microsoftDefenderForEndpoint", mitreTechniques: ["T1078", "T1110.003"], createdAt: created,
          incidentID: incident.id, productName: "Product", investigationState: "running", actorName: "Actor",
          threatName: "Threat", threatFamily: "Family", systemTags: ["a", "b, c"], resolvedAt: created)
        alert.comments = (0..<position).map {
          IncidentComment(text: "On it \($0)", createdBy: "bo", createdAt: created)
        }
        alert.evidence = (0..<position).map { item in
          Evidence(
            type: "deviceEvidence", verdict: .suspicious, createdAt: created, roles: ["compromised"], tags: ["x,\"y\""],
            json: #"{"deviceDnsName":"host\#(item).contoso.com"}"#)
        }
        alert.unreadableEvidence = position
        return alert
      }
    }
    return incident
  }
}
