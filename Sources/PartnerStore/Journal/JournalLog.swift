import Glibc

/// What a look at a journal's write-ahead log found. What stands only there is lost without a word where a byte of it is
/// another: SQLite takes a log up to the first frame that is not whole, as after a crash.
///
/// Source: SQLite's file format, "The Write-Ahead Log".
enum LogFinding: Hashable, Sendable {
  case whole
  /// Its last frame is not whole: something was broken off there, or a byte was changed.
  case brokenOff(offset: Int)
  /// Something of it is not what was written.
  case damaged(offset: Int)
}

/// Reads a journal's log as it lies on the disk, before SQLite does.
enum JournalLog {
  private static let headSize = 32
  private static let frameHeadSize = 24
  /// Looks that must agree before a log counts as damaged: another process may be writing it at this moment.
  private static let looks = 3

  /// - Parameter path: of the journal itself.
  static func look(beside path: String) -> LogFinding {
    var (last, agreed) = (LogFinding.whole, 0)
    for _ in 0..<10 {
      guard let bytes = read(path + "-wal") else { return .whole }
      let found = finding(in: bytes)
      if found == .whole { return .whole }
      agreed = found == last ? agreed + 1 : 1
      last = found
      if agreed == looks { return found }
      poll(nil, 0, 20)
    }
    return .whole
  }

  private static func finding(in bytes: [UInt8]) -> LogFinding {
    // A head that was never written is none.
    guard bytes.count >= headSize, bytes.prefix(headSize).contains(where: { $0 != 0 }) else { return .whole }
    let magic = number(bytes, 0)
    let pageSize = Int(number(bytes, 8))
    let isBig = magic & 1 == 1
    guard magic & ~1 == 0x377F_0682, (512...65_536).contains(pageSize), pageSize & (pageSize - 1) == 0 else {
      return .damaged(offset: 0)
    }
    var sums: Sums = (0, 0)
    add(bytes, 0, 24, isBig, to: &sums)
    guard sums == (number(bytes, 24), number(bytes, 28)) else { return .damaged(offset: 0) }
    let frameSize = frameHeadSize + pageSize
    var offset = headSize
    func hasSalts(_ offset: Int) -> Bool { bytes[offset + 8..<offset + 16].elementsEqual(bytes[16..<24]) }
    while offset + frameSize <= bytes.count {
      var next = sums
      add(bytes, offset, 8, isBig, to: &next)
      add(bytes, offset + frameHeadSize, pageSize, isBig, to: &next)
      let isSummed = next == (number(bytes, offset + 16), number(bytes, offset + 20))
      if isSummed, hasSalts(offset) {
        sums = next
        offset += frameSize
        continue
      }
      // Frames of an earlier round lie behind the last one; none of this round does.
      let later = stride(from: offset + frameSize, through: bytes.count - frameSize, by: frameSize)
      if isSummed || later.contains(where: hasSalts) { return .damaged(offset: offset) }
      return hasSalts(offset) ? .brokenOff(offset: offset) : .whole
    }
    return .whole
  }

  private typealias Sums = (UInt32, UInt32)

  private static func add(_ bytes: [UInt8], _ start: Int, _ count: Int, _ isBig: Bool, to sums: inout Sums) {
    bytes.withUnsafeBytes { bytes in
      for place in stride(from: start, to: start + count, by: 8) {
        let words = bytes.loadUnaligned(fromByteOffset: place, as: (UInt32, UInt32).self)
        let first = isBig ? UInt32(bigEndian: words.0) : UInt32(littleEndian: words.0)
        let second = isBig ? UInt32(bigEndian: words.1) : UInt32(littleEndian: words.1)
        sums.0 = sums.0 &+ first &+ sums.1
        sums.1 = sums.1 &+ second &+ sums.0
      }
    }
  }

  private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The whole log, which SQLite keeps at a few megabytes. It holds no locks that closing it would drop.
  private static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled, off_t(filled))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      filled += count
    }
    return Array(bytes.prefix(filled))
  }
}
