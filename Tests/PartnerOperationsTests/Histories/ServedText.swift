/// How the played service writes what it has: its own JSON and its own times, shared with nobody.
enum ServedText {
  static func quoted(_ text: String?) -> String {
    guard let text else { return "null" }
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      default:
        if scalar.value < 0x20 {
          let digits = Array("0123456789abcdef")
          out += "\\u00" + String(digits[Int(scalar.value >> 4)]) + String(digits[Int(scalar.value & 15)])
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
    }
    return out + "\""
  }

  static func list(_ texts: [String]) -> String { "[" + texts.map { quoted($0) }.joined(separator: ",") + "]" }

  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// Year, month, day, and the seconds of the day.
  static func calendar(_ seconds: Int64) -> (year: Int, month: Int, day: Int, rest: Int) {
    var day = Int(seconds / 86_400)
    let rest = Int(seconds % 86_400)
    var year = 1970
    func length(_ year: Int) -> Int { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365 }
    while day >= length(year) {
      day -= length(year)
      year += 1
    }
    let months = [31, length(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var month = 0
    while day >= months[month] {
      day -= months[month]
      month += 1
    }
    return (year, month + 1, day + 1, rest)
  }

  static func time(_ stamp: Stamp) -> String {
    let (year, month, day, rest) = calendar(stamp.ticks / second)
    var text = "\(year)-\(two(month))-\(two(day))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
    if stamp.digits > 0 {
      let fraction = String(stamp.ticks % second + second).dropFirst()
      text += "." + fraction.prefix(stamp.digits)
    }
    return text + "Z"
  }

  /// Reads what a client writes in a filter; `nil` for what is no time in UTC.
  static func ticks(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.last == 0x5A, bytes[10] == 0x54 else { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      range.reduce(Int64(0)) { sum, index in
        guard let sum, bytes[index] >= 48, bytes[index] <= 57 else { return nil }
        return sum * 10 + Int64(bytes[index] - 48)
      }
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let whole = number(17..<19), year >= 1970, (1...12).contains(month)
    else { return nil }
    var fraction: Int64 = 0
    if bytes.count > 20 {
      guard bytes[19] == 0x2E, bytes.count <= 28, var value = number(20..<bytes.count - 1) else { return nil }
      for _ in bytes.count - 21..<7 { value *= 10 }
      fraction = value
    }
    // Counted by the calendar that writes them: a year and a month at a time.
    var days: Int64 = 0
    func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
    for year in 1970..<year { days += isLeap(year) ? 366 : 365 }
    let lengths: [Int64] = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    for index in 0..<Int(month - 1) { days += lengths[index] }
    let seconds = (days + day - 1) * 86_400 + hour * 3600 + minute * 60 + whole
    return seconds * second + fraction
  }

  /// As a header writes it.
  static func httpDate(_ ticks: Int64) -> String {
    let seconds = ticks / second
    let (year, month, day, rest) = calendar(seconds)
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(seconds / 86_400 % 7)]
    let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1]
    return "\(weekday), \(two(day)) \(name) \(year) \(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) GMT"
  }

  /// - Parameter isBroken: with quotes that nobody escaped.
  static func json(_ incident: ServedIncident, tenant: String, alerts: String? = nil, isBroken: Bool = false) -> String
  {
    var out = "{\"@odata.type\":\"#microsoft.graph.security.incident\",\"id\":\"\(incident.number)\""
    func add(_ name: String, _ value: String) { out += ",\"" + name + "\":" + value }
    add("tenantId", quoted(tenant))
    add("status", quoted(incident.status))
    add("incidentWebUrl", quoted("https://security.microsoft.com/incidents/\(incident.number)?tid=\(tenant)"))
    add("redirectIncidentId", quoted(incident.redirect.map { "\($0)" }))
    add("displayName", isBroken ? "\"5\" disk\"" : quoted(incident.title))
    add("createdDateTime", quoted(time(incident.created)))
    add("lastUpdateDateTime", quoted(time(incident.updated)))
    add("assignedTo", quoted(incident.owner))
    add("classification", quoted(incident.classification))
    add("determination", quoted(incident.determination))
    add("severity", quoted(incident.severity))
    add("customTags", list(incident.tags))
    add("systemTags", list(incident.systemTags))
    add("description", quoted(incident.details))
    add("lastModifiedBy", quoted(incident.modifiedBy))
    add("resolvingComment", quoted(incident.resolvingComment))
    add("summary", quoted(incident.summary))
    add("priorityScore", incident.score.map { "\($0)" } ?? "null")
    add("comments", comments(incident.comments))
    if let alerts { add("alerts", alerts) }
    return out + "}"
  }

  static func comments(_ comments: [ServedIncident.Comment]) -> String {
    let texts = comments.map { comment in
      "{\"comment\":\(quoted(comment.text)),\"createdByDisplayName\":\(quoted(comment.author)),"
        + "\"createdDateTime\":\(quoted(time(comment.at)))}"
    }
    return "[" + texts.joined(separator: ",") + "]"
  }
}
