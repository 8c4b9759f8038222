import Glibc

/// Bytes that come piece by piece and are wiped wherever they were: an array leaves a copy behind each time it grows.
final class WipedBytes {
  private var memory: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(capacity: Int) { memory = .allocate(byteCount: max(1, capacity), alignment: 1) }

  deinit { release() }

  private func release() {
    if let start = memory.baseAddress { explicit_bzero(start, memory.count) }
    memory.deallocate()
  }

  private func reserve(_ capacity: Int) {
    guard capacity > memory.count else { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: max(capacity, 2 * memory.count), alignment: 1)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
    release()
    memory = larger
  }

  func append(_ bytes: UnsafeRawBufferPointer) {
    reserve(count + bytes.count)
    UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
    count += bytes.count
  }

  func append(_ byte: UInt8) {
    reserve(count + 1)
    memory[count] = byte
    count += 1
  }

  /// Appends what is written into room for at most `most` bytes.
  /// - Parameter write: gives how many it wrote.
  func append(atMost most: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
    reserve(count + most)
    count += write(UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + most]))
  }

  func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Reads once, as much as there is at the moment.
  /// - Returns: as `read` does, with `errno`.
  func read(from descriptor: Int32) -> Int {
    reserve(count + 4096)
    let read = memory.baseAddress.map { Glibc.read(descriptor, $0 + count, memory.count - count) } ?? 0
    if read > 0 { count += read }
    return read
  }

  /// Drops what is in front of the last `kept` bytes.
  func keepLast(_ kept: Int) {
    guard count > kept, let start = memory.baseAddress else { return }
    memmove(start, start + count - kept, kept)
    explicit_bzero(start + kept, count - kept)
    count = kept
  }

  func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<count]))
  }
}
