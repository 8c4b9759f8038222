import Glibc

/// Bytes that must not be seen: prints, dumps and mirrors as `<redacted>`, and is wiped when released.
///
/// What is kept long, a client secret or a passphrase, rests in locked memory; access tokens, of which there are
/// thousands and which end within the hour, and copies for one request rest in ordinary memory.
///
/// Unchecked, because a pointer is not `Sendable`: the memory is written once in `init`, only read afterwards, and
/// belongs to this object alone.
public final class Secret: @unchecked Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let bytes: UnsafeMutableRawBufferPointer
  /// Bytes from the beginning that were written.
  private let count: Int
  /// Whose the bytes are; `nil` for ordinary memory.
  private let memory: LockedMemory?

  /// A copy in ordinary memory.
  public convenience init(_ text: String) {
    var text = text
    self.init(capacity: text.utf8.count) { room in
      text.withUTF8 { room.copyMemory(from: UnsafeRawBufferPointer($0)) }
      return room.count
    }
  }

  /// A copy, in locked memory where there is some.
  package convenience init(copying source: UnsafeRawBufferPointer, into memory: LockedMemory? = nil) {
    self.init(capacity: source.count, into: memory) { room in
      room.copyMemory(from: source)
      return source.count
    }
  }

  /// Bytes that are written in their place.
  /// - Parameter write: gives how many it wrote.
  init(capacity: Int, into memory: LockedMemory? = nil, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
    if let memory, let locked = memory.take(capacity) {
      (bytes, self.memory) = (locked, memory)
    } else {
      bytes = .allocate(byteCount: capacity, alignment: 1)
      self.memory = nil
    }
    count = write(bytes)
  }

  deinit {
    if let memory { return memory.giveBack(bytes) }
    if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
    bytes.deallocate()
  }

  /// Lends the bytes themselves.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<count]))
  }

  /// Lends a copy as a text, which nobody wipes: for who takes nothing else.
  public func reveal<Result, Failure: Error>(
    _ body: (String) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(String(decoding: bytes[..<count], as: UTF8.self))
  }

  public var description: String { "<redacted>" }
  public var debugDescription: String { "<redacted>" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
