import Glibc

/// Bytes that must not be seen: prints, dumps and mirrors as `<redacted>`, and is wiped when released.
///
/// Unchecked, because a pointer is not `Sendable`: the memory is written once in `init`, only read afterwards, and
/// belongs to this object alone.
public final class Secret: @unchecked Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let bytes: UnsafeMutableRawBufferPointer

  public init(_ text: String) {
    var text = text
    bytes = text.withUTF8 { source in
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 1)
      memory.copyMemory(from: UnsafeRawBufferPointer(source))
      return memory
    }
  }

  deinit {
    if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
    bytes.deallocate()
  }

  /// Lends the text. What is made from it in there is the borrower's to drop at once.
  public func reveal<Result, Failure: Error>(
    _ body: (String) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(String(decoding: bytes, as: UTF8.self))
  }

  public var description: String { "<redacted>" }
  public var debugDescription: String { "<redacted>" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
