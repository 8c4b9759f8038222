import CSimdjson
import PartnerModel

/// Reads the JSON of Microsoft Graph's security answers into values, item by item.
///
/// What is wrong inside an item costs that item alone: broken text, bad bytes, too deep nesting, no id.
final class ItemReader {
  enum Item<Value> {
    case read(Value)
    case foreign
    case unreadable(UnreadableItem)
  }

  struct Page<Value> {
    var items: [Item<Value>]
    var nextLink: String?
    /// Whether the service itself says that something is missing.
    var isPartial = false
  }

  private let reader: OpaquePointer
  private let tenant: TenantID
  private let limits: AnswerLimits

  /// - Parameter tenant: the one that was asked.
  init?(tenant: TenantID, limits: AnswerLimits) {
    guard let reader = csimdjsonCreate() else { return nil }
    self.reader = reader
    self.tenant = tenant
    self.limits = limits
  }

  deinit { csimdjsonDestroy(reader) }

  func incidents(_ answer: Answer) throws(PartnerError) -> Page<Incident> {
    try page(answer) { incident(from: $0, length: $1) }
  }

  func alerts(_ answer: Answer) throws(PartnerError) -> Page<Alert> {
    try page(answer) { alert(from: $0, length: $1) }
  }

  /// The incident that a whole answer holds.
  func incident(_ answer: Answer) throws(PartnerError) -> Item<Incident> {
    guard !answer.isWebPage else { throw unreadable("a web page of a gateway or portal") }
    return padded(answer) { incident(from: $0 + $1, length: $2 - $1) }
  }

  private func page<Value>(
    _ answer: Answer, item: (UnsafePointer<UInt8>, Int) -> Item<Value>
  ) throws(PartnerError) -> Page<Value> {
    guard !answer.isWebPage else { throw unreadable("a web page of a gateway or portal") }
    let result = padded(answer) { text, start, length -> Result<Page<Value>, PartnerError> in
      let page = csimdjsonPage(reader, text + start, length - start, limits.itemsOnPage)
      switch page.status {
      case CSimdjsonPageRead: break
      case CSimdjsonPageTooLong:
        return .failure(unreadable("a page of more than \(limits.itemsOnPage) items"))
      case CSimdjsonPageWithoutList: return .failure(unreadable("JSON without a list in “value”"))
      default: return .failure(unreadable("broken JSON"))
      }
      let ranges = UnsafeBufferPointer(start: page.items, count: page.count)
      let items = ranges.map { item(text + start + $0.offset, $0.length) }
      guard page.nextLink.length > 0 else { return .success(Page(items: items)) }
      let link = UnsafeBufferPointer(start: text + start + page.nextLink.offset, count: page.nextLink.length)
      guard link.count <= 65_536, let node = try? JSONReader.read(String(decoding: link, as: UTF8.self)) else {
        return .failure(PartnerError(.unsafeLink("an unreadable link"), tenant: tenant))
      }
      return .success(Page(items: items, nextLink: node.string))
    }
    var read = try result.get()
    read.isPartial = answer.isPartial
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
    bytes.append(contentsOf: repeatElement(0x20, count: Int(CSIMDJSON_PADDING)))
    return bytes.withUnsafeBufferPointer { buffer in
      // The padding makes the array non-empty, so it has an address.
      body(buffer.baseAddress!, start, length)
    }
  }

  private func unreadable(_ reason: String) -> PartnerError {
    PartnerError(.answerUnreadable(reason), tenant: tenant)
  }

  private func incident(from text: UnsafePointer<UInt8>, length: Int) -> Item<Incident> {
    let steps = csimdjsonItem(reader, text, length, CSimdjsonIncident, limits.depth)
    var walk = ItemWalk(steps, tenant: tenant)
    let incident = walk.incident()
    return judged(incident, id: incident.id.rawValue, steps, walk)
  }

  private func alert(from text: UnsafePointer<UInt8>, length: Int) -> Item<Alert> {
    let steps = csimdjsonItem(reader, text, length, CSimdjsonAlert, limits.depth)
    var walk = ItemWalk(steps, tenant: tenant)
    let alert = walk.alert()
    return judged(alert, id: alert.id, steps, walk)
  }

  private func judged<Value>(
    _ value: Value, id: String, _ steps: CSimdjsonSteps, _ walk: ItemWalk
  ) -> Item<Value> {
    if walk.isForeign { return .foreign }
    let isNamed = !id.isEmpty && id.utf8.count <= 256
    func unreadable(_ reason: String) -> Item<Value> {
      .unreadable(UnreadableItem(id: isNamed ? id : nil, reason: reason))
    }
    guard steps.isRead != 0 else { return unreadable("JSON that is broken, too deeply nested or of too many parts") }
    if walk.hasBrokenText { return unreadable("a text that is not valid Unicode") }
    if walk.isAmbiguous { return unreadable("an id that stands twice") }
    guard isNamed else { return unreadable("no usable id") }
    return .read(value)
  }
}
