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
  }

  /// The files of a journal whose process was killed, so that all of it but its tables stands in the log alone.
  private func killed() throws -> Killed {
    try withFolder { (folder) throws in
      let journal = try Journal.open(in: folder)
      for number in 0..<5 { try journal.intend(write("w\(number)", in: tenant(number))) }
      // By another program, which drops no lock of ours.
      func copied(_ path: String) throws -> Data {
        let program = Process()
        program.executableURL = URL(fileURLWithPath: "/bin/cp")
        program.arguments = [path, folder.path + "/../copy"]
        try program.run()
        program.waitUntilExit()
        return try Data(contentsOf: URL(fileURLWithPath: folder.path + "/../copy"))
      }
      return Killed(
        main: try copied(journal.path), log: try copied(journal.path + "-wal"), entries: try journal.entries())
    }
  }

  private func report(_ main: Data, _ log: Data) throws -> (report: ChainReport?, entries: [RecordedEntry], log: Data?)
  {
    try withFolder { (folder) throws in
      let path = folder.path(of: "journal.db")
      for (path, bytes) in [(path, main), (path + "-wal", log)] {
        try bytes.write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      }
      let journal = try Journal.open(in: folder)
      defer { journal.close() }
      let found = (try? journal.verify(), (try? journal.entries()) ?? [])
      return (found.0, found.1, try? Data(contentsOf: URL(filePath: path + "-wal")))
    }
  }

  @Test("invariant 20: one flipped byte of the log is found and placed, and what is before it is intact")
  func flippedInLog() throws {
    let whole = try killed()
    #expect(try report(whole.main, whole.log).report == ChainReport(intact: 5))
    let frame = 4_096 + 24
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
      // What was damaged in its middle is evidence: it stays as it is.
      if start < 32 + (frames - 1) * frame { #expect(seen.log == log, "byte \(place)") }
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
