import Foundation
import GRDB
import Glibc
import PartnerModel
import Testing

@testable import PartnerStore

@Suite("The journal's file, and the log beside it")
struct JournalFileTests {
  private struct Killed {
    var main: Data
    var log: Data
    var entries: [RecordedEntry]
    /// Where the last transaction begins in the log.
    var lastCommit = 0
  }

  private static let frameSize = 4_096 + 24

  /// By another program, which drops no lock of ours.
  private func copied(_ path: String, in folder: StateFolder) throws -> Data {
    let program = Process()
    program.executableURL = URL(fileURLWithPath: "/bin/cp")
    program.arguments = [path, folder.path + "/../copy"]
    try program.run()
    program.waitUntilExit()
    return try Data(contentsOf: URL(fileURLWithPath: folder.path + "/../copy"))
  }

  private func lay(_ main: Data, _ log: Data, in folder: StateFolder) throws {
    let path = folder.path(of: "journal.db")
    for (path, bytes) in [(path, main), (path + "-wal", log)] {
      try bytes.write(to: URL(filePath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
  }

  /// The files of a journal whose process was killed, so that all of it but its tables stands in the log alone.
  private func killed() throws -> Killed {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      var lastCommit = 0
      for number in 0..<5 {
        lastCommit = try copied(journal.path + "-wal", in: folder).count
        try journal.intend(write("w\(number)", in: tenant(number)))
      }
      return Killed(
        main: try copied(journal.path, in: folder), log: try copied(journal.path + "-wal", in: folder),
        entries: try journal.entries(), lastCommit: lastCommit)
    }
  }

  /// A killed one whose log ends with one large transaction, and where that begins.
  private func large() throws -> Killed {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      for number in 0..<5 { try journal.intend(write("w\(number)", in: tenant(number))) }
      let entries = try journal.entries()
      let (main, start) = (
        try copied(journal.path, in: folder), try copied(journal.path + "-wal", in: folder).count
      )
      try journal.append((0..<120).map { WriteFold.intent(write("large\($0)"), image: nil) })
      return Killed(
        main: main, log: try copied(journal.path + "-wal", in: folder), entries: entries, lastCommit: start)
    }
  }

  private func report(_ main: Data, _ log: Data) throws -> (report: ChainReport?, entries: [RecordedEntry], log: Data?)
  {
    try withFolder { (folder) throws in
      try lay(main, log, in: folder)
      let journal = try Journal.open(in: folder)
      defer { journal.close() }
      let found = (try? journal.verify(), (try? journal.entries()) ?? [])
      return (found.0, found.1, try? Data(contentsOf: URL(filePath: journal.path + "-wal")))
    }
  }

  @Test("invariant 20: one flipped byte of the log is found and placed, and what is before it is intact")
  func flippedInLog() throws {
    let whole = try killed()
    #expect(try report(whole.main, whole.log).report == ChainReport(intact: 5))
    let frame = Self.frameSize
    var chance = SplitMix(seed: 20)
    // Each part of the first frame, of one in the middle and of the last; and bytes anywhere.
    let frames = (whole.log.count - 32) / frame
    var places = [0, 9, 17, 25]
    for number in [0, frames / 2, frames - 1] {
      places += [0, 5, 9, 13, 17, 23, 24, 2_000].map { 32 + number * frame + $0 }
    }
    places += (0..<30).map { _ in Int.random(in: 32..<whole.log.count, using: &chance) }
    for place in places {
      var log = whole.log
      log[place] ^= 1
      let seen = try report(whole.main, log)
      let broken = seen.report?.firstBroken
      #expect(broken != nil, "byte \(place)")
      let start = place < 32 ? 0 : 32 + (place - 32) / frame * frame
      #expect(broken?.reason.contains("byte \(start)") == true, "byte \(place): \(broken?.reason ?? "")")
      #expect(
        broken?.sequence == Int64(seen.entries.count) + 1
          && seen.entries == Array(whole.entries.prefix(seen.entries.count)))
      // What is damaged before its last transaction is evidence: it stays as it is.
      if start < whole.lastCommit { #expect(seen.log == log, "byte \(place)") }
    }
  }

  @Test("F55: a log that was cut off, or begun anew over an older one, is none that is damaged")
  func brokenOff() throws {
    let whole = try killed()
    for cut in [0, 20, 32, 40, 60, 5_000, whole.log.count - 1] {
      #expect(try report(whole.main, whole.log.prefix(cut)).report?.isIntact == true, "cut at \(cut)")
    }
    // A round that ended: its frames lie behind those of the next.
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      for number in 0..<40 { try journal.intend(write("w\(number)")) }
      try withDatabase(journal.path) { db in _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(RESTART)") }
      try journal.intend(write("next"))
      #expect(JournalLog.look(beside: journal.path) == .whole)
      #expect(try Journal.open(in: folder).verify() == ChainReport(intact: 41))
    }
  }

  /// That a journal whose log was left like this works, also for the processes that come while it is open.
  /// - Returns: the journal, in which one short transaction followed.
  private func works(_ folder: StateFolder, after entries: [RecordedEntry], _ told: Comment) throws -> Journal {
    let journal = try Journal.open(in: folder)
    #expect(journal.mode == .readWrite, told)
    #expect(try journal.entries() == entries, told)
    try journal.intend(write("short\(entries.count)"))
    let next = try Journal.open(in: folder)
    defer { next.close() }
    #expect(next.mode == .readWrite, told)
    #expect(try next.entries().dropLast() == entries[...], told)
    return journal
  }

  @Test("F55: what a commit that was killed, or met a full disk, left behind a later and shorter one is no damage")
  func interrupted() throws {
    let large = try large()
    let frames = (large.log.count - large.lastCommit) / Self.frameSize
    try #require(frames >= 16)
    for written in [1, 2, 8, frames / 2, frames - 1] {
      try withFolder { (folder) throws in
        try lay(large.main, large.log.prefix(large.lastCommit + written * Self.frameSize), in: folder)
        let journal = try works(folder, after: large.entries, "\(written) of \(frames) frames")
        #expect(JournalLog.look(beside: journal.path) == .whole, "\(written) of \(frames) frames")
        #expect(try Journal.open(in: folder).verify() == ChainReport(intact: 6), "\(written) of \(frames) frames")
      }
    }
  }

  @Test("F55: what a transaction that was rolled back had written into the log already is no damage")
  func rolledBack() throws {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      for number in 0..<5 { try journal.intend(write("w\(number)")) }
      let before = try copied(journal.path + "-wal", in: folder).count
      try withDatabase(journal.path) { db in
        // With hardly any memory, pages leave it before the transaction ends.
        try db.execute(sql: "PRAGMA cache_size = 4; PRAGMA cache_spill = 4; BEGIN IMMEDIATE")
        for number in 0..<200 { _ = try WriteFold.append(WriteFold.intent(write("l\(number)"), image: nil), db) }
        try db.execute(sql: "ROLLBACK")
      }
      let spilled = try copied(journal.path + "-wal", in: folder).count - before
      try #require(spilled > 16 * Self.frameSize)
      _ = try works(folder, after: try journal.entries(), "\(spilled) bytes")
      #expect(JournalLog.look(beside: journal.path) == .whole)
      #expect(try journal.verify() == ChainReport(intact: 6))
    }
  }

  @Test("F55: a frame of the last transaction that a power cut lost is none that is damaged, nor what is left of it")
  func powerCut() throws {
    let large = try large()
    let frames = (large.log.count - large.lastCommit) / Self.frameSize
    /// A log without one of its frames, as when its page was never written.
    func losing(_ frame: Int, of log: Data, from start: Int) -> Data {
      var log = log
      let place = start + frame * Self.frameSize
      log.replaceSubrange(place..<place + Self.frameSize, with: Data(count: Self.frameSize))
      return log
    }
    for lost in [0, 1, frames / 2, frames - 2] {
      try withFolder { (folder) throws in
        let log = losing(lost, of: large.log, from: large.lastCommit)
        // It cannot be told from one that was changed, so it is told.
        let broken = try report(large.main, log).report?.firstBroken
        let place = large.lastCommit + lost * Self.frameSize
        #expect(broken?.sequence == 6 && broken?.reason.contains("broken off, or changed, at byte \(place)") == true)
        try lay(large.main, log, in: folder)
        let journal = try works(folder, after: large.entries, "frame \(lost) of \(frames)")
        // The next one is cut as well: what is behind it is older than it.
        let (entries, next) = (try journal.entries(), try copied(journal.path + "-wal", in: folder))
        try journal.intend(write("again"))
        let main = try copied(journal.path, in: folder)
        let again = try copied(journal.path + "-wal", in: folder)
        try #require(again.count == next.count && again.count == large.log.count)
        let start = try #require(zip(next, again).enumerated().first { $0.element.0 != $0.element.1 }?.offset)
        try withFolder { (other) throws in
          let from = start - (start - 32) % Self.frameSize
          try lay(main, losing(0, of: again, from: from), in: other)
          _ = try works(other, after: entries, "twice, at byte \(from)")
        }
      }
    }
    // Without its last frame it never was one.
    let end = losing(frames - 1, of: large.log, from: large.lastCommit)
    #expect(try report(large.main, end).report == ChainReport(intact: 5))
  }

  @Test("what to do about a damaged journal says first that nobody may have it open")
  func advice() {
    let next = StoreError.corrupt(path: "/state/journal.db", reason: "torn").nextAction
    #expect(next.contains("close every partner-console") && next.contains("-wal and -shm"))
  }

  @Test(
    "an empty file is no journal that holds nothing: it is told, nothing is written to it, and moving it away helps")
  func emptyFile() throws {
    try withFolder { (folder) throws in
      try folder.prepare(file: "journal.db")
      let journal = try Journal.open(in: folder)
      guard case .readOnly(.corrupt(_, let reason)) = journal.mode else {
        Issue.record("\(journal.mode)")
        return
      }
      #expect(reason.contains("it is empty") && reason.contains("disk was full"))
      #expect(try journal.verify().firstBroken?.reason == reason && journal.writes(.pending).isEmpty)
      #expect(throws: StoreError.self) { try journal.intend(write("new")) }
      #expect(try Data(contentsOf: URL(filePath: journal.path)).isEmpty)
      unlink(journal.path)
      let next = try Journal.open(in: folder)
      try next.intend(write("new"))
      #expect(try next.verify() == ChainReport(intact: 1))
    }
  }

  @Test("F56: a journal that cannot be made whole has no name yet, and what a killed start left half made is made anew")
  func halfMade() throws {
    try withFolder { (folder) throws in
      // Where its file should be made there is a folder that cannot be put away.
      mkdir(folder.path(of: "journal.db.new"), 0o700)
      #expect(throws: StoreError.self) { try Journal.open(in: folder) }
      #expect(!folder.holds("journal.db"))
      rmdir(folder.path(of: "journal.db.new"))
      try Data("half".utf8).write(to: URL(filePath: folder.path(of: "journal.db.new")))
      try Data("half".utf8).write(to: URL(filePath: folder.path(of: "journal.db.new-wal")))
      let next = try Journal.open(in: folder)
      try next.intend(write("new"))
      #expect(try next.verify() == ChainReport(intact: 1))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(".new") } == [])
      #expect(try mode(of: next.path) == 0o600)
    }
  }

  @Test("a log whose journal is gone is evidence: no new one is made beside it")
  func orphanedLog() throws {
    let whole = try killed()
    try withFolder { (folder) throws in
      let log = folder.path(of: "journal.db-wal")
      try whole.log.write(to: URL(filePath: log))
      let journal = try Journal.open(in: folder)
      guard case .readOnly(.corrupt(_, let reason)) = journal.mode else {
        Issue.record("\(journal.mode)")
        return
      }
      #expect(reason.contains("journal.db-wal is still there") && !folder.holds("journal.db"))
      #expect(try Data(contentsOf: URL(filePath: log)) == whole.log)
    }
  }

  @Test("F56: a failure of the disk where it has no room left says what to do about it")
  func fullDisk() throws {
    let failure = DatabaseError(resultCode: .SQLITE_IOERR, message: "disk I/O error")
    let full = StoreFile.storeError(failure, "/state/journal.db") { $0 == "/state/journal.db" }
    #expect(full == .diskFull(path: "/state/journal.db") && full.nextAction.hasPrefix("Free some space"))
    #expect(StoreFile.storeError(failure, "/state/journal.db") { _ in false } != full)
  }
}
