import Glibc
import PartnerModel

/// The address of an incident's page in the portal, as it is kept.
///
/// Nearly always it follows from the incident, and would be a third of its row, in the table and once more in the index of
/// the queue. Then a mark stands for it; any other address is kept as it came.
enum KeptAddress {
  private static let mark = "\u{1}"

  static func write(_ address: String?, of key: IncidentKey) -> String? {
    guard let address else { return nil }
    // A zero in an id does not come back.
    if isSame(address, documented(key)), !key.id.rawValue.holdsNUL { return mark }
    // One that begins like the mark is told from it by a second one.
    return address.utf8.first == mark.utf8.first ? mark + address : address
  }

  static func read(_ text: String?, of key: IncidentKey) -> String? {
    guard let text, text.utf8.first == mark.utf8.first else { return text }
    return text.utf8.count == 1 ? documented(key) : String(text.unicodeScalars.dropFirst())
  }

  /// Source: Microsoft Graph v1.0, `incidentWebUrl` of `microsoft.graph.security.incident`, commercial cloud.
  private static func documented(_ key: IncidentKey) -> String {
    let id = key.id.rawValue
    var text = ""
    text.reserveCapacity(96 + id.utf8.count)
    text += "https://security.microsoft.com/incident2/"
    text += id
    text += "/overview?tid="
    text += key.tenant.rawValue
    return text
  }

  /// Byte by byte: texts that are merely equal by Unicode's rules are others here.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    var (left, right) = (left, right)
    return left.withUTF8 { left in
      right.withUTF8 { right in
        guard left.count == right.count else { return false }
        guard let first = left.baseAddress, let other = right.baseAddress else { return true }
        return memcmp(first, other, left.count) == 0
      }
    }
  }
}
