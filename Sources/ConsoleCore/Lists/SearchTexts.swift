import PartnerModel

/// The names and ids of a list's incidents, as they are shown and as a filter looks through them.
///
/// As bytes, one after the other: a million texts of their own would cost more memory than all else of the list, and a
/// filter that is typed goes through all of them with every letter. In chunks, so that they grow without moving what
/// they hold.
struct SearchTexts: Hashable, Sendable {
  /// How many rows share a chunk.
  static let chunkRows = 1 << chunkBits

  private var chunks: [TextChunk] = []

  static func chunk(of slot: Int32) -> Int { Int(slot >> chunkBits) }
  static func place(of slot: Int32) -> Int { Int(slot & chunkMask) }

  var chunkCount: Int { chunks.count }

  mutating func set(_ slot: Int32, to name: String, _ id: IncidentID) {
    let index = Self.chunk(of: slot)
    while chunks.count <= index { chunks.append(TextChunk(like: chunks.last)) }
    chunks[index].set(Self.place(of: slot), to: name, id)
  }

  /// The name as it was set.
  func name(_ slot: Int32) -> String { chunks[Self.chunk(of: slot)].name(Self.place(of: slot)) }

  func hasName(_ name: String, _ slot: Int32) -> Bool {
    chunks[Self.chunk(of: slot)].hasName(name, Self.place(of: slot))
  }

  /// Whether `word`, which is folded, stands in a row's name or in its id as it is shown.
  func holds(_ word: [UInt8], _ slot: Int32) -> Bool {
    chunks[Self.chunk(of: slot)].holds(word, Self.place(of: slot))
  }

  /// Marks those rows of a chunk in whose texts `word` stands.
  func mark(_ word: [UInt8], inChunk index: Int, _ marks: inout RowMarks) { chunks[index].mark(word, &marks) }
}

private let chunkBits: Int32 = 10
private let chunkMask: Int32 = (1 << chunkBits) - 1

/// Which rows of a list are marked, one bit for each, in as many chunks as were looked through.
struct ListMarks: Hashable, Sendable {
  private var words: [UInt64] = []
  private var isLooked: [Bool] = []

  func hasLooked(at chunk: Int) -> Bool { chunk < isLooked.count && isLooked[chunk] }

  mutating func set(_ chunk: Int, to marks: RowMarks) {
    while isLooked.count <= chunk {
      isLooked.append(false)
      words += RowMarks.none.words
    }
    isLooked[chunk] = true
    let first = chunk * RowMarks.none.words.count
    words.replaceSubrange(first..<first + marks.words.count, with: marks.words)
  }

  /// Those of the slots that are marked; all stand in chunks that were looked through.
  func marked(_ slots: ArraySlice<Int32>) -> [Int32] {
    // Whether a row is marked decides no branch: it would be guessed wrong for every other one.
    [Int32](unsafeUninitializedCapacity: slots.count) { buffer, count in
      slots.withUnsafeBufferPointer { slots in
        words.withUnsafeBufferPointer { words in
          for slot in slots {
            buffer[count] = slot
            count &+= Int(truncatingIfNeeded: words[Int(slot >> 6)] >> UInt64(slot & 63) & 1)
          }
        }
      }
    }
  }
}

/// One bit for each row of a chunk.
struct RowMarks: Hashable, Sendable {
  fileprivate var words = [UInt64](repeating: 0, count: SearchTexts.chunkRows / 64)

  static let none = RowMarks()

  subscript(place: Int) -> Bool { words[place >> 6] >> UInt64(place & 63) & 1 != 0 }
  mutating func insert(_ place: Int) { words[place >> 6] |= 1 << UInt64(place & 63) }
  /// Marks those of the first `count` places for which `bit` is 1 and not 0.
  @inline(__always)
  mutating func insert(_ count: Int, _ bit: (Int) -> UInt64) {
    words.withUnsafeMutableBufferPointer { words in
      var place = 0
      while place < count {
        let end = min(place + 64, count)
        var bits: UInt64 = 0
        for row in place..<end { bits |= bit(row) << UInt64(row - place) }
        words[place >> 6] |= bits
        place = end
      }
    }
  }
  /// Keeps what is marked in `others` too.
  mutating func keep(_ others: RowMarks) { for index in words.indices { words[index] &= others.words[index] } }
}

private struct TextChunk: Hashable, Sendable {
  /// Folded: name, line's end, id, line's end, of one row after the other. No word of a filter holds a line's end, so
  /// none is found across two texts.
  private var folded: [UInt8] = []
  /// Where each row's part of `folded` ends, its last line's end included.
  private var foldedEnds: [UInt32] = []
  private var names: [UInt8] = []
  private var nameEnds: [UInt32] = []

  /// - Parameter other: tells how much room will be needed.
  init(like other: TextChunk?) {
    guard let other else { return }
    folded.reserveCapacity(other.folded.count + other.folded.count / 16)
    names.reserveCapacity(other.names.count + other.names.count / 16)
    foldedEnds.reserveCapacity(SearchTexts.chunkRows)
    nameEnds.reserveCapacity(SearchTexts.chunkRows)
  }

  private static func range(_ place: Int, _ ends: [UInt32]) -> Range<Int> {
    (place == 0 ? 0 : Int(ends[place - 1]))..<Int(ends[place])
  }

  mutating func set(_ place: Int, to name: String, _ id: IncidentID) {
    var text: [UInt8] = []
    text.appendFolded(name)
    text.append(0x0A)
    // The id stands as it is shown.
    text.append(UInt8(ascii: "#"))
    text.appendFolded(id.rawValue)
    text.append(0x0A)
    Self.replace(place, in: &folded, &foldedEnds, with: text)
    Self.replace(place, in: &names, &nameEnds, with: Array(name.utf8))
  }

  private static func replace(_ place: Int, in bytes: inout [UInt8], _ ends: inout [UInt32], with text: [UInt8]) {
    while ends.count < place { ends.append(UInt32(bytes.count)) }
    if place == ends.count {
      bytes.append(contentsOf: text)
      ends.append(UInt32(bytes.count))
      return
    }
    let range = range(place, ends)
    bytes.replaceSubrange(range, with: text)
    let change = text.count - range.count
    for index in place..<ends.count { ends[index] = UInt32(Int(ends[index]) + change) }
  }

  func name(_ place: Int) -> String { String(decoding: names[Self.range(place, nameEnds)], as: UTF8.self) }

  func hasName(_ name: String, _ place: Int) -> Bool { names[Self.range(place, nameEnds)].elementsEqual(name.utf8) }

  func holds(_ word: [UInt8], _ place: Int) -> Bool {
    folded.withUnsafeBufferPointer { bytes in
      let text = UnsafeBufferPointer(rebasing: bytes[Self.range(place, foldedEnds)])
      return word.withUnsafeBufferPointer { text.firstPlace(of: $0, from: 0) != nil }
    }
  }

  func mark(_ word: [UInt8], _ marks: inout RowMarks) {
    // What folds to nothing, a mark alone, stands everywhere.
    if word.isEmpty {
      for place in foldedEnds.indices { marks.insert(place) }
      return
    }
    folded.withUnsafeBufferPointer { text in
      word.withUnsafeBufferPointer { word in
        foldedEnds.withUnsafeBufferPointer { ends in
          var (place, at) = (0, 0)
          while let found = text.firstPlace(of: word, from: at) {
            while Int(ends[place]) <= found { place += 1 }
            marks.insert(place)
            at = Int(ends[place])
          }
        }
      }
    }
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
