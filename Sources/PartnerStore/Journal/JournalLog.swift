import Glibc

/// What a look at a journal's write-ahead log found. What stands only there is lost without a word where a byte of it is
/// another: SQLite takes a log up to the last commit before the first frame that is not whole, as after a crash.
///
/// Source: SQLite's file format, "The Write-Ahead Log", and its recovery in wal.c.
enum LogFinding: Hashable, Sendable {
  /// Nothing that was acknowledged can be missing: what is not whole of it never got to a commit.
  case whole
  /// Its last transaction is not whole: a power cut broke it off before it was acknowledged, or a byte was changed.
  case brokenOff(offset: Int)
  /// Something of it is not what was written.
  case damaged(offset: Int)
}

/// Reads a journal's log as it lies on the disk, before SQLite does.
///
/// Ordinary histories leave frames behind the last commit that are not whole, with the salts of the frames before them: a
/// commit that was killed, that met a full disk or that was rolled back after its pages had left the memory, and then a
/// shorter one over its beginning; and a power cut, which may lose any frame of a transaction that was not synced yet.
/// Each frame's sum goes on from the one before it, and with `synchronous = FULL` a commit is synced before anything is
/// written behind it. So a frame that goes on from the sum of a commit shows that this commit was acknowledged, and one
/// that only lies behind it, left over from an earlier try, does not.
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
    func stored(_ offset: Int) -> Sums { (number(bytes, offset + 16), number(bytes, offset + 20)) }
    func sum(of offset: Int, after sums: Sums) -> Sums {
      var sums = sums
      add(bytes, offset, 8, isBig, to: &sums)
      add(bytes, offset + frameHeadSize, pageSize, isBig, to: &sums)
      return sums
    }
    func goesOn(from sums: Sums, _ offset: Int) -> Bool { sum(of: offset, after: sums) == stored(offset) }
    while offset + frameSize <= bytes.count {
      let next = sum(of: offset, after: sums)
      let isSummed = next == stored(offset)
      if isSummed, hasSalts(offset) {
        sums = next
        offset += frameSize
        continue
      }
      // The salts are in no sum.
      if isSummed { return .damaged(offset: offset) }
      var hasCommit = false
      for later in stride(from: offset, through: bytes.count - frameSize, by: frameSize)
      where hasSalts(later) && number(bytes, later + 4) != 0 {
        hasCommit = true
        let behind = later + frameSize
        guard behind + frameSize <= bytes.count, hasSalts(behind) else { continue }
        // What was changed of the first one may be its sum.
        if goesOn(from: stored(later), behind) || (later == offset && goesOn(from: next, behind)) {
          return .damaged(offset: offset)
        }
      }
      // Without a commit that follows, SQLite leaves out only what was never acknowledged.
      return hasCommit ? .brokenOff(offset: offset) : .whole
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

  /// The whole log, which SQLite keeps at a few megabytes.
  ///
  /// The one exception to the rule that no file of a live database is opened by ordinary means: closing any descriptor of
  /// a file drops all of the process's POSIX locks on it, and SQLite has its locks on the database and on the -shm, none on
  /// the -wal. Never read those two like this.
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
