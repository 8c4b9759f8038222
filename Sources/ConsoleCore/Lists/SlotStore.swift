/// A long array in chunks: it grows without moving what it holds, and an element is edited in place.
struct SlotStore<Element: Hashable & Sendable>: Hashable, Sendable {
  private static var chunkBits: Int32 { 12 }
  private static var chunkMask: Int32 { (1 << chunkBits) - 1 }

  private var chunks: [[Element]] = []
  private(set) var count: Int32 = 0

  mutating func append(_ element: Element) {
    if count & Self.chunkMask == 0 {
      chunks.append([])
      chunks[chunks.count - 1].reserveCapacity(Int(min(Self.chunkMask + 1, max(count, 64))))
    }
    chunks[chunks.count - 1].append(element)
    count += 1
  }

  subscript(slot: Int32) -> Element {
    get { chunks[Int(slot >> Self.chunkBits)][Int(slot & Self.chunkMask)] }
    _modify { yield &chunks[Int(slot >> Self.chunkBits)][Int(slot & Self.chunkMask)] }
  }

  /// Lends an element, for as long as `body` runs: a walk over many rows would else count the references of each.
  func lend<Result>(_ slot: Int32, _ body: (UnsafePointer<Element>) -> Result) -> Result {
    chunks[Int(slot >> Self.chunkBits)].withUnsafeBufferPointer { chunk in
      let index = Int(slot & Self.chunkMask)
      precondition(index < chunk.count)
      // The chunk holds at least one element, so it has an address.
      return body(chunk.baseAddress! + index)
    }
  }

  /// Lends elements that stand one behind the other, as far as they share a chunk with the first.
  func lend<Result>(from first: Int32, _ count: Int, _ body: (UnsafeBufferPointer<Element>) -> Result) -> Result {
    chunks[Int(first >> Self.chunkBits)].withUnsafeBufferPointer { chunk in
      let index = Int(first & Self.chunkMask)
      return body(UnsafeBufferPointer(rebasing: chunk[index..<min(index + count, chunk.count)]))
    }
  }
}
