/// What a connection to the redirect's listener has sent so far, judged (rule T8, invariant 15).
///
/// Source: RFC 9112, sections 2 to 6; RFC 6749, section 4.1.2; RFC 8252, sections 7.3 and 8.
enum RedirectRequest: Hashable, Sendable {
  /// Its head has not ended yet.
  case unfinished
  /// It is not the one that is waited for.
  case refused(Refusal)
  /// The query's items in their order, decoded. Whose they are is proven by the state alone.
  case answer([RedirectItem])

  enum Refusal: Int, Hashable, Sendable {
    case malformed = 400
    /// Of another sign-in, or of nobody's.
    case foreignState = 403
    case otherPath = 404
    case otherMethod = 405
    case foreignHost = 421
    case tooLarge = 431
  }

  /// Codes and descriptions of errors are some kilobytes; what other programs of this machine gave the browser to keep
  /// for `localhost` comes with them.
  static let longestHead = 65_536
  static let mostItems = 32

  /// - Parameters:
  ///   - host: with its port, as the redirect names it.
  ///   - state: the one that was made for this sign-in.
  static func judge(_ bytes: some Collection<UInt8>, host: String, state: String) -> RedirectRequest {
    let bytes = Array(bytes)
    guard let end = headEnd(bytes) else {
      return bytes.count >= longestHead ? .refused(.tooLarge) : .unfinished
    }
    guard end <= longestHead else { return .refused(.tooLarge) }
    guard let lines = lines(bytes[..<end]), let first = lines.first, first.allSatisfy({ $0 < 0x7F }) else {
      return .refused(.malformed)
    }
    let words = text(first).split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { return .refused(.malformed) }
    guard words[0] == "GET" else { return .refused(.otherMethod) }
    guard let fields = fields(lines.dropFirst()) else { return .refused(.malformed) }
    // A page of somebody else's that was led here by its own name's address calls us by that name.
    guard fields.filter({ $0.name == "host" }).map(\.value) == [host] else { return .refused(.foreignHost) }
    guard !fields.contains(where: { ["content-length", "transfer-encoding"].contains($0.name) && $0.value != "0" })
    else { return .refused(.malformed) }
    let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts[0] == "/" else { return .refused(.otherPath) }
    guard let items = items(parts.count == 2 ? parts[1] : "") else { return .refused(.malformed) }
    let states = items.filter { $0.name == "state" }
    guard states.count == 1, states[0].value.isSame(as: state) else { return .refused(.foreignState) }
    return .answer(items)
  }

  /// Behind the empty line that ends a head.
  private static func headEnd(_ bytes: [UInt8]) -> Int? {
    bytes.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A])?.lowerBound
  }

  /// - Returns: `nil` where a control stands in one, or an end of a line that is none.
  private static func lines(_ head: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
    var lines: [ArraySlice<UInt8>] = []
    var rest = head
    while let end = rest.firstIndex(of: 0x0D) {
      guard end + 1 < rest.endIndex, rest[end + 1] == 0x0A else { return nil }
      lines.append(rest[..<end])
      rest = rest[(end + 2)...]
    }
    lines.append(rest)
    return lines.allSatisfy { $0.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 } } ? lines : nil
  }

  private static func text(_ line: ArraySlice<UInt8>) -> String { String(decoding: line, as: UTF8.self) }

  /// - Returns: names in lower case; `nil` when a line is no field.
  private static func fields(_ lines: ArraySlice<ArraySlice<UInt8>>) -> [(name: String, value: String)]? {
    var fields: [(name: String, value: String)] = []
    for line in lines.map(text) {
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
        !line[..<colon].contains(where: { $0 == " " || $0 == "\t" })
      else { return nil }
      var value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      while value.last == " " || value.last == "\t" { value.removeLast() }
      fields.append((line[..<colon].lowercased(), value.lowercased()))
    }
    return fields
  }

  /// - Returns: `nil` for a query that is not UTF-8, or holds too much.
  private static func items(_ query: Substring) -> [RedirectItem]? {
    var items: [RedirectItem] = []
    for part in query.split(separator: "&") {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(sides[0]), let value = decoded(sides.count == 2 ? sides[1] : ""),
        items.count < mostItems
      else { return nil }
      items.append(RedirectItem(name: name, value: value))
    }
    return items
  }

  /// Forms write a blank as `+`.
  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(0x20)
      case UInt8(ascii: "%"):
        guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

/// One item of the query with which a browser came back.
package struct RedirectItem: Hashable, Sendable {
  package var name: String
  package var value: String
}

extension String {
  /// Compares in a time that does not tell how far two texts agree.
  fileprivate func isSame(as other: String) -> Bool {
    let (own, other) = (Array(utf8), Array(other.utf8))
    guard own.count == other.count else { return false }
    return zip(own, other).reduce(0) { $0 | $1.0 ^ $1.1 } == 0
  }
}
