import PartnerModel

extension ChangeCursor {
  /// One line of text that ``init(text:list:)`` reads back.
  public var text: String {
    let pairs = seen.sorted { $0.key < $1.key }.map { "\(escaped($0.key))=\($0.value)" }
    let passing = pass.map { "\($0.isOfOpen ? "open;" : "")\($0.start);\($0.position)\(Self.text($0.leftOut))" }
    let lacking = gap.map { "\($0.start)\(Self.text($0.products))" }
    let probing = probe.map { "\($0.top);\($0.skip);\($0.doubts);\($0.left)" }
    let parts: [String?] = [
      "4", "\(historyStart)", watermark?.description, pairs.joined(separator: ","), passing, lacking,
      widenedAt.map { "\($0)" }, rereadAt.map { "\($0)" }, openReadAt.map { "\($0)" },
      probing, isComplete ? "whole" : nil, continuation,
    ]
    return parts.map { $0 ?? "-" }.joined(separator: " ")
  }

  /// `nil` for text that ``text`` did not write.
  ///
  /// The first and the second form, of earlier versions, know neither passes nor what was left out; the third knows of no
  /// reading of all that is open.
  public init?(text: String, list: ChangeList = .incidents) {
    var text = text
    let parts = text.withUTF8 { bytes in
      bytes.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        .map { Substring(String(decoding: $0, as: UTF8.self)) }
    }
    let isKnown = ["1": 4, "2": 5, "3": 9, "4": 12][parts[0]] == parts.count
    guard isKnown, let historyStart = Timestamp(String(parts[1])) else { return nil }
    self.init(historyStart: historyStart, list: list)
    if parts[2] != "-" {
      guard let watermark = Timestamp(String(parts[2])) else { return nil }
      self.watermark = watermark
    }
    var pairs = parts[3]
    guard let seen = pairs.withUTF8(Self.seen) else { return nil }
    self.seen = seen
    isComplete = parts[0] != "4" && watermark != nil
    if parts[0] == "3" || parts[0] == "4" {
      guard readPasses(parts[4...]) else { return nil }
    }
    if parts[0] == "4" {
      guard readProbe(parts[9]) else { return nil }
      isComplete = parts[10] == "whole"
    }
    guard parts[0] != "1", let link = parts.last, parts[0] == "2" || link != "-" else { return }
    // Only what could have been followed before: our own path with a query, no blank, no control.
    guard link.hasPrefix(list.path + "?"), link.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return nil
    }
    continuation = String(link)
  }

  /// Reads what was seen byte by byte: it is by far the longest part, and read before each request.
  private static func seen(_ pairs: UnsafeBufferPointer<UInt8>) -> [String: Int64]? {
    var seen: [String: Int64] = [:]
    seen.reserveCapacity(pairs.count / 24)
    var start = 0
    while start < pairs.count {
      var (place, equals, hasEscape) = (start, -1, false)
      while place < pairs.count, pairs[place] != UInt8(ascii: ",") {
        switch pairs[place] {
        case UInt8(ascii: "=") where equals < 0: equals = place
        case UInt8(ascii: "%") where equals < 0: hasEscape = true
        default: break
        }
        place += 1
      }
      guard equals > start, let ticks = number(pairs[equals + 1..<place]), Timestamp.years.contains(ticks)
      else { return nil }
      let text = String(decoding: UnsafeBufferPointer(rebasing: pairs[start..<equals]), as: UTF8.self)
      guard let id = hasEscape ? unescaped(text) : text else { return nil }
      seen[id] = ticks
      start = place + 1
    }
    return seen
  }

  /// The number that digits make, with a minus sign or without; `nil` where they are none, or too many.
  private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int64? {
    let isNegative = digits.first == UInt8(ascii: "-")
    let digits = isNegative ? digits.dropFirst() : digits
    // So many fit into 64 bits.
    guard !digits.isEmpty, digits.count <= 19 else { return nil }
    var number: UInt64 = 0
    for digit in digits {
      guard digit >= 48, digit <= 57 else { return nil }
      number = number * 10 + UInt64(digit - 48)
    }
    return Int64(exactly: number).map { isNegative ? -$0 : $0 }
  }

  private mutating func readPasses(_ parts: ArraySlice<Substring>) -> Bool {
    let texts = parts.prefix(5).map { $0 == "-" ? nil : $0 }
    if let text = texts[0] {
      var words = text.split(separator: ";", omittingEmptySubsequences: false)
      let isOfOpen = words.first == "open"
      if isOfOpen { words.removeFirst() }
      guard words.count >= 2, let start = Timestamp(String(words[0])), let position = Timestamp(String(words[1])),
        let products = Self.products(words.dropFirst(2))
      else { return false }
      var pass = Pass(from: start)
      (pass.position, pass.leftOut, pass.isOfOpen) = (position, products, isOfOpen)
      self.pass = pass
    }
    if let text = texts[1] {
      let words = text.split(separator: ";", omittingEmptySubsequences: false)
      guard let start = Timestamp(String(words[0])), let products = Self.products(words[1...]) else { return false }
      gap = Gap(start: start, products: products)
    }
    for (text, keep) in zip(texts.dropFirst(2), [\Self.widenedAt, \Self.rereadAt, \Self.openReadAt]) {
      // Of an earlier form the link stands in the last place.
      guard let text, keep != \Self.openReadAt || parts.count > 5 else { continue }
      guard let ticks = Self.ticks(text) else { return false }
      self[keyPath: keep] = ticks
    }
    return true
  }

  private mutating func readProbe(_ text: Substring) -> Bool {
    if text == "-" { return true }
    let numbers = text.split(separator: ";", omittingEmptySubsequences: false).compactMap { Int($0) }
    guard numbers.count == 4, list.sizes.contains(numbers[0]), numbers[1] >= 0, numbers[1] <= 1_000_000,
      (0...Self.mostDoubts).contains(numbers[2]), numbers[2] <= numbers[1], (0...list.pageSize).contains(numbers[3])
    else { return false }
    probe = Probe(top: numbers[0], skip: numbers[1], doubts: numbers[2], left: numbers[3])
    return true
  }

  /// A moment that a ``Timestamp`` can say; with others reckoning could overflow.
  private static func ticks(_ text: Substring) -> Int64? {
    Int64(text).flatMap { Timestamp.years.contains($0) ? $0 : nil }
  }

  /// Each product behind a semicolon: its status, a colon and its name; both may be empty.
  private static func text(_ products: [LeftOutProduct]) -> String {
    products.map { ";\($0.status.map(String.init) ?? ""):\($0.name.map { escaped($0) } ?? "")" }.joined()
  }

  private static func products(_ texts: ArraySlice<Substring>) -> [LeftOutProduct]? {
    var products: [LeftOutProduct] = []
    for text in texts {
      let sides = text.split(separator: ":", omittingEmptySubsequences: false)
      guard sides.count == 2, let name = unescaped(sides[1]), sides[0].isEmpty || Int(sides[0]) != nil else {
        return nil
      }
      products.append(LeftOutProduct(name: name.isEmpty ? nil : name, status: Int(sides[0])))
    }
    return products
  }
}
