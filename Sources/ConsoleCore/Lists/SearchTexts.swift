import PartnerModel

/// What a filter looks at, row by row: the folded name and id, and the numbers of the values that incidents share.
///
/// It repeats what the rows have, close together and without references, because a filter that is typed goes through
/// all of it with every letter.
struct SearchTexts: Hashable, Sendable {
  struct Row: Hashable, Sendable {
    /// Where the text begins among all bytes, and how many it has.
    var start = 0
    var count: UInt32 = 0
    var tenant: UInt32 = 0
    var owner: UInt32 = 0
    var tags: UInt32 = 0
  }

  private var rows: [Row] = []
  private var bytes: [UInt8] = []
  /// Bytes of texts that were replaced.
  private var unused = 0

  /// - Parameter hasText: `false` if the slot held an incident of the same name and id before.
  mutating func set(_ slot: Int32, to incident: CompactIncident, hasText: Bool) {
    let index = Int(slot)
    while rows.count <= index { rows.append(Row()) }
    rows[index].tenant = incident.tenant
    rows[index].owner = incident.owner
    rows[index].tags = incident.tags
    if !hasText { return }
    unused += Int(rows[index].count)
    rows[index].start = bytes.count
    bytes.appendFolded(incident.name)
    // No word of a filter holds a blank, so none is found across the two.
    bytes.append(0x0A)
    bytes.appendFolded(incident.id.rawValue)
    rows[index].count = UInt32(bytes.count - rows[index].start)
    if unused > 1 << 16, unused > bytes.count / 2 { compact() }
  }

  /// Lends everything for a walk over many rows.
  func lend<Result>(
    _ body: (_ rows: UnsafeBufferPointer<Row>, _ bytes: UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    rows.withUnsafeBufferPointer { rows in bytes.withUnsafeBufferPointer { bytes in body(rows, bytes) } }
  }

  private mutating func compact() {
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count - unused)
    for index in rows.indices {
      let start = kept.count
      kept.append(contentsOf: bytes[rows[index].start..<rows[index].start + Int(rows[index].count)])
      rows[index].start = start
    }
    bytes = kept
    unused = 0
  }
}

extension [UInt8] {
  fileprivate mutating func appendFolded(_ text: String) {
    if text.isASCII {
      for byte in text.utf8 { append(byte >= 65 && byte <= 90 ? byte + 32 : byte) }
    } else {
      append(contentsOf: text.foldedForSearch.utf8)
    }
  }
}
