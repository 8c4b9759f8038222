import CSimdjson
import PartnerModel

/// Reads the JSON of Microsoft Graph's security answers into values, item by item.
///
/// What is wrong inside an item costs that item alone: broken text, bad bytes, raw quotes and brackets, too deep nesting,
/// no id. In an incident the same goes for each of its alerts.
final class ItemReader {
  enum Item<Value> {
    case read(Value)
    case foreign
    case unreadable(UnreadableItem)
  }

  struct Page<Value> {
    var items: [Item<Value>]
    var nextLink: String?
    /// The products whose part is missing, as the service itself says.
    var leftOut: [LeftOutProduct] = []
  }

  /// An incident with what its answer says of the alerts that are not in it.
  struct Expanded {
    var item: Item<Incident>
    /// Where the next alerts are, as the service gave it.
    var alertsLink: String?
    /// How many alerts there are in all.
    var alertsCount: Int?
  }

  /// An item of a list.
  enum Listed<Value> {
    case whole(Value)
    /// Nothing is new in it, so it was not built.
    case known(String, updatedAt: Timestamp)
  }

  private let reader: OpaquePointer
  private let tenant: TenantID
  private let limits: AnswerLimits
  private var walk: ItemWalk

  /// - Parameter tenant: the one that was asked.
  init?(tenant: TenantID, limits: AnswerLimits) {
    guard let reader = csimdjsonCreate() else { return nil }
    self.reader = reader
    self.tenant = tenant
    self.limits = limits
    walk = ItemWalk(tenant: tenant)
  }

  deinit { csimdjsonDestroy(reader) }

  func incidents(_ answer: Answer) throws(PartnerError) -> Page<Incident> {
    try page(answer, of: CSimdjsonIncident) { incident($0, from: $1, length: $2).item }
  }

  /// The same without building those that come again as they were.
  /// - Parameter known: the last change of each incident that is known, in steps of 100 ns since 1970.
  func incidents(_ answer: Answer, known: [String: Int64]) throws(PartnerError) -> Page<Listed<Incident>> {
    try page(answer, of: CSimdjsonIncident, known: known) { incident($0, from: $1, length: $2).item }
  }

  func alerts(_ answer: Answer) throws(PartnerError) -> Page<Alert> {
    try page(answer, of: CSimdjsonAlert) { alert($0, from: $1, length: $2) }
  }

  /// The same without building those that come again as they were.
  func alerts(_ answer: Answer, known: [String: Int64]) throws(PartnerError) -> Page<Listed<Alert>> {
    try page(answer, of: CSimdjsonAlert, known: known) { alert($0, from: $1, length: $2) }
  }

  private func page<Value>(
    _ answer: Answer, of root: CSimdjsonField, known: [String: Int64],
    item: (CSimdjsonSteps, UnsafePointer<UInt8>, Int) -> Item<Value>
  ) throws(PartnerError) -> Page<Listed<Value>> {
    // What stood on this page before with another change is built: it may not be known any more.
    var changed: Set<String> = []
    return try page(answer, of: root) { steps, text, length in
      walk.begin(steps)
      if steps.isRead != 0, let (id, updatedAt) = walk.glance(), let last = known[id] {
        if last != updatedAt.ticks { changed.insert(id) }
        if !changed.contains(id) { return .read(.known(id, updatedAt: updatedAt)) }
      }
      switch item(steps, text, length) {
      case .read(let value): return .read(.whole(value))
      case .foreign: return .foreign
      case .unreadable(let item): return .unreadable(item)
      }
    }
  }

  /// The alert that a whole answer holds.
  func alert(_ answer: Answer) throws(PartnerError) -> Item<Alert> {
    guard !answer.isWebPage else { throw unreadable("a web page of a gateway or portal", answer) }
    return padded(answer) { text, start, end in
      let steps = csimdjsonItem(reader, text + start, end - start, CSimdjsonAlert, limits.depth)
      return alert(steps, from: text + start, length: end - start)
    }
  }

  /// The incident that a whole answer holds.
  func incident(_ answer: Answer) throws(PartnerError) -> Expanded {
    guard !answer.isWebPage else { throw unreadable("a web page of a gateway or portal", answer) }
    return padded(answer) { text, start, end in
      let whole = incident(at: text + start, length: end - start)
      guard case .unreadable(let item) = whole.item, item.isBroken else { return whole }
      return withoutBrokenAlerts(text + start, length: end - start) ?? whole
    }
  }

  /// Reads an incident once more with those alerts blanked that break its JSON; `nil` where that does not help.
  private func withoutBrokenAlerts(_ text: UnsafePointer<UInt8>, length: Int) -> Expanded? {
    let list = csimdjsonRecovered(reader, text, length, limits.itemsOnPage, "alerts")
    guard list.status == CSimdjsonPageRead else { return nil }
    // The reader's own memory is used again by the next item.
    let ranges = Array(UnsafeBufferPointer(start: list.items, count: list.count))
    var copy = Array(UnsafeBufferPointer(start: text, count: length + Int(CSIMDJSON_PADDING)))
    for range in ranges
    where csimdjsonItem(reader, text + range.offset, range.length, CSimdjsonAlert, limits.depth).isRead == 0 {
      for index in range.offset..<range.offset + range.length { copy[index] = 0x20 }
      // No object, so it counts as an alert that could not be read.
      if range.length > 0 { copy[range.offset] = UInt8(ascii: "0") }
    }
    return copy.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let again = incident(at: base, length: length)
      if case .unreadable = again.item { return nil }
      return again
    }
  }

  private func page<Value>(
    _ answer: Answer, of root: CSimdjsonField, item: (CSimdjsonSteps, UnsafePointer<UInt8>, Int) -> Item<Value>
  ) throws(PartnerError) -> Page<Value> {
    guard !answer.isWebPage else { throw unreadable("a web page of a gateway or portal", answer) }
    let result = padded(answer) { text, start, end -> Result<Page<Value>, PartnerError> in
      func read(_ page: CSimdjsonPage) -> [Item<Value>] {
        // The reader's own memory is used again by each item.
        let ranges = UnsafeBufferPointer(start: page.items, count: page.count)
        return ranges.enumerated().map { number, range in
          let place = text + start + range.offset
          let steps =
            page.isIndexed != 0
            ? csimdjsonIndexedItem(reader, text + start, number, root, limits.depth)
            : csimdjsonItem(reader, place, range.length, root, limits.depth)
          let found = item(steps, place, range.length)
          guard case .unreadable(var place) = found else { return found }
          place.number = number + 1
          place.offset = range.offset
          return .unreadable(place)
        }
      }
      var page = csimdjsonPage(reader, text + start, end - start, limits.itemsOnPage)
      var items = page.status == CSimdjsonPageRead ? read(page) : []
      // Raw quotes hide where an item ends: it may have swallowed others, or the whole page.
      if page.status == CSimdjsonPageBroken || items.contains(where: \.isBroken) {
        let recovered = csimdjsonRecovered(reader, text + start, end - start, limits.itemsOnPage, "value")
        if recovered.status == CSimdjsonPageRead, page.status != CSimdjsonPageRead || recovered.count > items.count {
          page = recovered
          items = read(page)
        } else if page.status != CSimdjsonPageRead {
          page.brokenAt = recovered.brokenAt
        }
      }
      switch page.status {
      case CSimdjsonPageRead: break
      case CSimdjsonPageTooLong:
        return .failure(unreadable("a page of more than \(limits.itemsOnPage) items", answer))
      case CSimdjsonPageWithoutList: return .failure(unreadable("JSON without a list in “value”", answer))
      default:
        let place = page.brokenAt > 0 ? " at byte \(page.brokenAt)" : ""
        return .failure(unreadable("broken JSON\(place)", answer))
      }
      guard page.nextLink.length > 0 else { return .success(Page(items: items)) }
      let link = UnsafeBufferPointer(start: text + start + page.nextLink.offset, count: page.nextLink.length)
      guard link.count <= 65_536, let node = try? JSONReader.read(String(decoding: link, as: UTF8.self)) else {
        return .failure(PartnerError(.unsafeLink("an unreadable link"), tenant: tenant))
      }
      // What is no text leads nowhere, but tells that there is more.
      return .success(Page(items: items, nextLink: node.string ?? "?"))
    }
    var read = try result.get()
    read.leftOut = answer.leftOut
    return read
  }

  /// Lends the body without a byte order mark: its memory, where it begins and ends, with the room behind it that the
  /// parser may look at.
  private func padded<Result>(
    _ answer: Answer, _ body: (UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Result
  ) -> Result {
    var bytes = answer.body
    let length = bytes.count
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    // The parser reads so far behind the end, whatever stands there: room that is the array's own will do.
    let padding = Int(CSIMDJSON_PADDING)
    if length == 0 || bytes.capacity - length < padding {
      bytes.append(contentsOf: repeatElement(0x20, count: padding))
    }
    return bytes.withUnsafeBufferPointer { buffer in
      // The array is not empty, so it has an address.
      body(buffer.baseAddress!, start, length)
    }
  }

  private func unreadable(_ reason: String, _ answer: Answer) -> PartnerError {
    PartnerError(.answerUnreadable(reason), tenant: tenant, requestID: answer.requestID)
  }

  private func incident(at text: UnsafePointer<UInt8>, length: Int) -> Expanded {
    incident(csimdjsonItem(reader, text, length, CSimdjsonIncident, limits.depth), from: text, length: length)
  }

  private func incident(_ steps: CSimdjsonSteps, from text: UnsafePointer<UInt8>, length: Int) -> Expanded {
    walk.begin(steps)
    let incident = walk.incident()
    return Expanded(
      item: judged(incident, id: incident.id.rawValue, steps, text, length), alertsLink: walk.alertsLink,
      alertsCount: walk.alertsCount)
  }

  private func alert(_ steps: CSimdjsonSteps, from text: UnsafePointer<UInt8>, length: Int) -> Item<Alert> {
    walk.begin(steps)
    let alert = walk.alert()
    return judged(alert, id: alert.id, steps, text, length)
  }

  /// - Parameters:
  ///   - value: what the walk made of `steps`.
  private func judged<Value>(
    _ value: Value, id: String, _ steps: CSimdjsonSteps, _ text: UnsafePointer<UInt8>, _ length: Int
  ) -> Item<Value> {
    if walk.isForeign { return .foreign }
    let isNamed = ItemWalk.isUsable(id: id)
    func unreadable(_ reason: String, isBroken: Bool = false) -> Item<Value> {
      .unreadable(UnreadableItem(id: isNamed ? id : nil, reason: reason, isBroken: isBroken))
    }
    guard steps.isRead != 0 else {
      let reason = "JSON that is broken, too deeply nested or of too many parts"
      guard !isNamed else { return unreadable(reason, isBroken: true) }
      // What stands before the damage may still tell which one it is.
      let range = csimdjsonLeadingID(text, length)
      let begun = String(
        decoding: UnsafeBufferPointer(start: text + range.offset, count: range.length), as: UTF8.self)
      let isPlain = ItemWalk.isUsable(id: begun) && !begun.utf8.contains(UInt8(ascii: "\\"))
      return .unreadable(UnreadableItem(id: isPlain ? begun : nil, reason: reason, isBroken: true))
    }
    if walk.hasBrokenText { return unreadable("a text that is not valid Unicode") }
    if walk.isAmbiguous { return unreadable("an id that stands twice") }
    guard isNamed else { return unreadable("no usable id") }
    return .read(value)
  }
}

extension ItemReader.Item {
  /// Whether it is no JSON of its own, so that where it ends is a guess.
  fileprivate var isBroken: Bool { if case .unreadable(let item) = self { item.isBroken } else { false } }
}
