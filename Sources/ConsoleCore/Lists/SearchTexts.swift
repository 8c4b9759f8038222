import PartnerModel

/// What a filter looks at, row by row: the folded name and id, and the numbers of the values that incidents share.
///
/// It repeats what the rows have, close together and without references, because a filter that is typed goes through
/// all of it with every letter. In chunks, so that it grows without moving what it holds.
struct SearchTexts: Hashable, Sendable {
  struct Row: Hashable, Sendable {
    /// Where the text begins among the bytes of its chunk, and how many it has.
    var start = 0
    var count: UInt32 = 0
    var tenant: UInt32 = 0
    var owner: UInt32 = 0
    var tags: UInt32 = 0
    var severity: UInt32 = 0
    var status: UInt32 = 0
  }

  /// The rows while they are lent.
  struct Lent {
    fileprivate var chunks: [(rows: UnsafeBufferPointer<Row>, bytes: UnsafeBufferPointer<UInt8>)] = []

    subscript(slot: Int32) -> (row: Row, text: UnsafeBufferPointer<UInt8>) {
      let chunk = chunks[Int(slot >> chunkBits)]
      let row = chunk.rows[Int(slot & chunkMask)]
      return (row, UnsafeBufferPointer(rebasing: chunk.bytes[row.start..<row.start + Int(row.count)]))
    }
  }

  private var chunks: [Chunk] = []

  /// - Parameter hasText: `false` if the slot held an incident of the same name and id before.
  mutating func set(_ slot: Int32, to incident: CompactIncident, hasText: Bool) {
    let index = Int(slot >> chunkBits)
    while chunks.count <= index { chunks.append(Chunk()) }
    chunks[index].set(Int(slot & chunkMask), to: incident, hasText: hasText)
  }

  /// Lends everything for a walk over many rows.
  func lend<Result>(_ body: (Lent) -> Result) -> Result { lend(Lent(), body) }

  private func lend<Result>(_ lent: Lent, _ body: (Lent) -> Result) -> Result {
    let index = lent.chunks.count
    if index == chunks.count { return body(lent) }
    return chunks[index].rows.withUnsafeBufferPointer { rows in
      chunks[index].bytes.withUnsafeBufferPointer { bytes in
        var lent = lent
        lent.chunks.append((rows, bytes))
        return lend(lent, body)
      }
    }
  }
}

private let chunkBits: Int32 = 15
private let chunkMask: Int32 = (1 << chunkBits) - 1

private struct Chunk: Hashable, Sendable {
  var rows: [SearchTexts.Row] = []
  var bytes: [UInt8] = []
  /// Bytes of texts that were replaced.
  private var unused = 0

  mutating func set(_ index: Int, to incident: CompactIncident, hasText: Bool) {
    while rows.count <= index { rows.append(SearchTexts.Row()) }
    rows[index].tenant = incident.tenant
    rows[index].owner = incident.owner
    rows[index].tags = incident.tags
    rows[index].severity = incident.severity
    rows[index].status = incident.status
    if !hasText { return }
    unused += Int(rows[index].count)
    rows[index].start = bytes.count
    bytes.appendFolded(incident.name)
    // No word of a filter holds a line's end, so none is found across the two; the id stands as it is shown.
    bytes.append(0x0A)
    bytes.append(UInt8(ascii: "#"))
    bytes.appendFolded(incident.id.rawValue)
    rows[index].count = UInt32(bytes.count - rows[index].start)
    if unused > 1 << 16, unused > bytes.count / 2 { compact() }
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
