import Foundation
import PartnerContext
import PartnerModel

/// What the played service answers, and what it counts.
extension HistoryService.State {
  private static let tokenLife: Int64 = 3_600 * second

  mutating func play(_ request: TransportRequest, _ bearer: String?) -> HistoryService.Play {
    requests += 1
    // The way there and back.
    let isToken = request.target.hasSuffix("/oauth2/v2.0/token")
    now += isToken ? 100 * (second / 1_000) : Int64(chance.within(20...400)) * (second / 1_000)
    if !isToken, chance.isOne(in: 30) { now += 7 * second }
    let tenant =
      isToken
      ? String(request.target.dropFirst().prefix { $0 != "/" }) : String(bearer?.split(separator: ".").last ?? "")
    let name = isToken ? tenant : tenant.split(separator: "/").first.map(String.init) ?? ""
    guard rooms[name] != nil else {
      violations.append("a request of nobody: \(request.target)")
      return .answer(401, [], "{}")
    }
    if var crash, !isToken {
      crash.left -= 1
      self.crash = crash
      if crash.left == 0, !crash.isAnswered { return dead() }
      if crash.left < 0 { return dead() }
    }
    rooms[name]?.advance(to: now)
    let numbers = tenant.split(separator: "/").compactMap { Int64($0) }
    let isOld = now - (numbers.first ?? 0) > Self.tokenLife
    let play = isToken ? token(name) : graph(request, name, isOld ? 0 : Int(numbers.last ?? 0))
    trace?.append("\(HistoryService.date(now)) \(isToken ? "token" : request.target) -> \(Self.shown(play))")
    return play
  }

  private mutating func dead() -> HistoryService.Play {
    trace?.append("\(HistoryService.date(now)) the program dies")
    return .dead
  }

  private static func shown(_ play: HistoryService.Play) -> String {
    switch play {
    case .answer(let status, _, let body):
      let ids = body.matches(of: #/"id":"((da)?\d+)/#).map { String($0.1) }
      return "\(status) [\(ids.joined(separator: " "))]\(body.contains("nextLink") ? " …" : "")"
    case .brokenOff: return "broken off"
    case .reset: return "reset"
    case .hang: return "hang"
    case .dead: return "dead"
    }
  }

  // MARK: Tokens

  private mutating func token(_ name: String) -> HistoryService.Play {
    rooms[name]?.tokenRequests.append(now)
    count(rooms[name]?.tokenRequests ?? [], most: 20, in: 300, name, "tokens")
    if tokenChance.below(1_000) < faults / 2 {
      switch tokenChance.below(3) {
      case 0: return .answer(500, headers, "{}")
      case 1: return .reset(mayHaveLeft: true)
      default: return .answer(503, headers + [HeaderField("Retry-After", "7")], "{}")
      }
    }
    let serial = (rooms[name]?.tokens ?? 0) + 1
    rooms[name]?.tokens = serial
    let claims =
      #"{"tid":"\#(name)","aud":"https://graph.microsoft.com","roles":["SecurityIncident.ReadWrite.All","SecurityAlert.Read.All"],"n":\#(now)}"#
    let part = Data(claims.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
      .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
    // The end of a token is nobody's business: there it names whose it is.
    let text = "e30.\(part).\(name)/\(now)/\(serial)"
    return .answer(200, headers, #"{"token_type":"Bearer","expires_in":3599,"access_token":"\#(text)"}"#)
  }

  private var headers: [HeaderField] {
    [
      HeaderField("Content-Type", "application/json"), HeaderField("Date", ServedText.httpDate(now)),
      HeaderField("request-id", "r-\(requests)"),
    ]
  }

  // MARK: Graph

  private mutating func graph(_ request: TransportRequest, _ name: String, _ serial: Int) -> HistoryService.Play {
    rooms[name]?.requests.append(now)
    count(rooms[name]?.requests ?? [], most: 50, in: 60, name, "requests")
    count(rooms[name]?.requests ?? [], most: 1_500, in: 3_600, name, "requests")
    if !request.headers.contains(where: { $0.name.lowercased() == "prefer" }) { violations.append("no Prefer") }
    if let silence = rooms[name]?.silence, now < silence.until, rooms[name]?.clockSetAt ?? .max < silence.said {
      violations.append("asked while silence was wanted")
    }
    if let fault = fault(name) { return fault }
    guard serial > rooms[name]?.lostTokens ?? 0 else {
      return .answer(
        401, headers, #"{"error":{"code":"InvalidAuthenticationToken","message":"Access token has been revoked."}}"#)
    }
    guard request.method == "GET", request.target.hasPrefix("/v1.0/security/") else { return unknown(request) }
    let parts = request.target.dropFirst("/v1.0/security/".count).split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let options = parts.count > 1 ? String(parts[1]) : ""
    switch parts[0] {
    case "incidents": return list(options, most: 50, isClamped: false, name)
    case "alerts_v2": return list(options, most: 1_000, isClamped: true, name)
    case let path where path.hasPrefix("incidents/"): return one(String(path.dropFirst(10)), options, name)
    default: return unknown(request)
    }
  }

  private mutating func unknown(_ request: TransportRequest) -> HistoryService.Play {
    violations.append("\(request.method) \(request.target)")
    return .answer(404, headers, Self.notFound)
  }

  private static let notFound = #"{"error":{"code":"NotFound","message":"It was not found."}}"#

  private mutating func list(_ text: String, most: Int, isClamped: Bool, _ name: String) -> HistoryService.Play {
    let query: ServedQuery
    do throws(ServedQuery.Refusal) {
      let fields = isClamped ? ServedRoom.fields.union(["serviceSource"]) : ServedRoom.fields
      query = try ServedQuery(text, most: most, isClamped: isClamped, fields: fields)
    } catch {
      let message =
        switch error {
        case .topTooLarge(let top):
          "The query specified in the URI is not valid. The limit of '50' for Top query has been exceeded. The value from the incoming request is '\(top)'."
        case .notValid(let reason): "The query specified in the URI is not valid: \(reason)"
        }
      violations.append(message)
      return .answer(400, headers, #"{"error":{"code":"","message":\#(ServedText.quoted(message))}}"#)
    }
    guard var room = rooms[name] else { return .dead }
    let link = "http://127.0.0.1:1/v1.0/security/\(isClamped ? "alerts_v2" : "incidents")"
    defer { rooms[name] = room }
    if isClamped {
      return answer(room.alerts.page(query, at: now, room.alertManner(at: now), link: link, chance: &chance), room)
    }
    return answer(room.incidents.page(query, at: now, room.incidentManner(at: now), link: link, chance: &chance), room)
  }

  private func answer<Item>(_ page: ServedList<Item>.Page, _ room: ServedRoom) -> HistoryService.Play {
    switch page {
    case .unknownPlace:
      return .answer(400, headers, #"{"error":{"code":"BadRequest","message":"Skip token is not valid."}}"#)
    case .poisoned: return .answer(500, headers, #"{"error":{"code":"InternalServerError","message":"no"}}"#)
    case .items(let body, _):
      let lacking = room.lacking(at: now)
      let warnings = lacking.map { HeaderField("Warning", "199 - \"Microsoft/\($0)/504/10000\"") }
      return .answer(lacking.isEmpty ? 200 : 206, headers + warnings, body)
    }
  }

  private mutating func one(_ id: String, _ options: String, _ name: String) -> HistoryService.Play {
    guard let number = Int(id), let room = rooms[name], let incident = room.incidents.present(number),
      !room.isSo(at: now, { $0 == .denied(incident: number) })
    else {
      rooms[name]?.denied.insert(id)
      return .answer(404, headers, Self.notFound)
    }
    let isExpanded = ServedQuery.plain(options[...])?.contains("$expand=alerts") == true
    let alerts = room.alerts.present.filter { $0.incident == number }.map { $0.json(tenant: name, isBroken: false) }
    let expansion = isExpanded ? "[" + alerts.joined(separator: ",") + "]" : nil
    return .answer(200, headers, ServedText.json(incident, tenant: name, alerts: expansion))
  }

  // MARK: Faults

  private mutating func fault(_ name: String) -> HistoryService.Play? {
    if rooms[name]?.isSo(at: now, { $0 == .down }) == true { return .answer(503, headers, "{}") }
    guard chance.below(1_000) < faults else { return nil }
    switch chance.below(11) {
    case 0, 1:
      let seconds = chance.pick([1, 5, 30, 120, 900])
      rooms[name]?.silence = (now, now + Int64(seconds) * second)
      return .answer(
        429, headers + [HeaderField("Retry-After", "\(seconds)")], #"{"error":{"code":"TooManyRequests","message":""}}"#
      )
    case 2:
      rooms[name]?.silence = (now, now + 60 * second)
      return .answer(429, headers, #"{"error":{"code":"TooManyRequests","message":""}}"#)
    case 3: return .answer(500, headers, #"{"error":{"code":"InternalServerError","message":"no"}}"#)
    case 4: return .answer(502, [HeaderField("Content-Type", "text/html")], "<html>Bad gateway</html>")
    case 5: return .brokenOff(200, headers, #"{"value":[{"id":"1","displayName":"cut"}]}"#)
    case 6: return .answer(200, headers, #"{"value":[{"id":"1","display"#)
    case 7: return .reset(mayHaveLeft: chance.isOne(in: 2))
    case 8: return .hang
    case 9: return .answer(404, [HeaderField("Content-Type", "text/html")], "<html>No such page</html>")
    default:
      return .answer(401, headers, #"{"error":{"code":"InvalidAuthenticationToken","message":"Try again."}}"#)
    }
  }

  /// Published limits, in true time, as long as nobody set the client's clock meanwhile.
  private mutating func count(_ moments: [Int64], most: Int, in seconds: Int64, _ name: String, _ what: String) {
    guard moments.count > most else { return }
    let first = moments[moments.count - 1 - most]
    guard now - first < seconds * second, rooms[name]?.clockSetAt ?? 0 < first else { return }
    violations.append("more than \(most) \(what) in \(seconds) s")
  }
}
