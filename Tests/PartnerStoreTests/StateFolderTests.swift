import Foundation
import PartnerModel
import PartnerStore
import Testing

@Suite struct StateFolderTests {
  private let client = "11111111-2222-3333-4444-555555555555"

  private func open(_ environment: [String: String]) throws(StoreError) -> StateFolder {
    try StateFolder.open(environment: environment, cloud: .lab, clientID: client)
  }

  private func withPlace(_ body: (String) throws -> Void) throws {
    let place = try makePlace()
    defer { try? FileManager.default.removeItem(atPath: place) }
    try body(place)
  }

  @Test("invariant 16: the folder is 0700, named by cloud and app, and below XDG_STATE_HOME")
  func made() throws {
    try withPlace { (place) throws in
      let folder = try open(["XDG_STATE_HOME": place + "/a/b", "HOME": "/nonexistent"])
      #expect(folder.path == "\(place)/a/b/partner-console/lab-\(client)")
      #expect(try mode(of: folder.path) == 0o700)
      #expect(try mode(of: place + "/a/b/partner-console") == 0o700)
      #expect(try open(["XDG_STATE_HOME": place + "/a/b"]) == folder)
    }
  }

  @Test("D3: a relative XDG_STATE_HOME is ignored")
  func relative() throws {
    try withPlace { (place) throws in
      let folder = try open(["XDG_STATE_HOME": "state", "HOME": place])
      #expect(folder.path.hasPrefix(place + "/.local/state/partner-console/"))
    }
  }

  @Test("F63: without HOME nothing is made and the fix is told", arguments: [[:], ["HOME": ""], ["HOME": "here"]])
  func homeless(environment: [String: String]) throws {
    #expect(throws: StoreError.homeMissing) { try open(environment) }
    #expect(StoreError.homeMissing.nextAction.contains("HOME"))
  }

  @Test("F63: a home that does not exist is not made")
  func homeGone() throws {
    try withPlace { (place) throws in
      #expect(throws: StoreError.self) { try open(["HOME": place + "/gone"]) }
      #expect(!FileManager.default.fileExists(atPath: place + "/gone"))
    }
  }

  @Test("F63: a folder that is open to others is refused with the command that closes it")
  func openToOthers() throws {
    try withPlace { (place) throws in
      let folder = try open(["XDG_STATE_HOME": place])
      chmod(folder.path, 0o777)
      let error = #expect(throws: StoreError.self) { try open(["XDG_STATE_HOME": place]) }
      #expect(error?.nextAction == "Run: chmod 700 '\(folder.path)'")
      #expect(try mode(of: folder.path) == 0o777)
    }
  }

  @Test("F63: a base that others can change is refused, nothing is made in it")
  func baseOpenToOthers() throws {
    try withPlace { (place) throws in
      chmod(place, 0o777)
      let error = #expect(throws: StoreError.self) { try open(["XDG_STATE_HOME": place]) }
      #expect(error?.nextAction == "Run: chmod go-w '\(place)'")
      #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
    }
  }

  @Test("F63: a symbolic link in place of our folder is refused, and nothing is made where it leads")
  func linkedFolder() throws {
    try withPlace { (place) throws in
      let elsewhere = place + "/elsewhere"
      mkdir(elsewhere, 0o700)
      symlink(elsewhere, place + "/partner-console")
      let error = #expect(throws: StoreError.self) { try open(["XDG_STATE_HOME": place]) }
      #expect(error?.what.contains("symbolic link") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere).isEmpty)
    }
  }

  @Test("F63: a symbolic link in place of a file is not followed", arguments: ["journal.db", "cache.db", "lock"])
  func linkedFile(name: String) throws {
    try withFolder { (folder) throws in
      let target = folder.path + "/../target"
      symlink(target, folder.path(of: name))
      #expect(throws: StoreError.self) {
        switch name {
        case "journal.db": _ = try Journal.open(in: folder)
        case "cache.db": _ = try Cache.open(in: folder, now: noon)
        default: _ = try StateLock.acquire(in: folder)
        }
      }
      #expect(!FileManager.default.fileExists(atPath: target))
    }
  }

  @Test("a client id that would lead elsewhere names no folder", arguments: ["../x", "", "a/b", "a b", ".."])
  func oddClient(client: String) throws {
    try withPlace { (place) throws in
      #expect(throws: StoreError.self) {
        try StateFolder.open(environment: ["XDG_STATE_HOME": place], cloud: .lab, clientID: client)
      }
    }
  }

  @Test("invariant 16: every file is 0600, write-ahead logs and locks too")
  func files() throws {
    try withFolder { (folder) throws in
      let lock = try StateLock.acquire(in: folder)
      let journal = try Journal.open(in: folder)
      try journal.intend(write("a"))
      let cache = try Cache.open(in: folder, now: noon)
      _ = try cache.apply([.any(1, in: contoso)], in: contoso, at: noon)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(Set(names).isSuperset(of: ["journal.db", "journal.db-wal", "cache.db", "cache.db-wal", "lock"]))
      for name in names { #expect(try mode(of: folder.path(of: name)) == 0o600, "\(name)") }
      lock.release()
    }
  }

  @Test("invariant 16: a file that is open to others is refused with the command that closes it")
  func fileOpenToOthers() throws {
    try withFolder { (folder) throws in
      try Journal.open(in: folder).close()
      chmod(folder.path(of: "journal.db"), 0o644)
      let error = #expect(throws: StoreError.self) { try Journal.open(in: folder) }
      #expect(error?.nextAction == "Run: chmod 600 '\(folder.path)/journal.db'")
    }
  }
}

@Suite struct StateLockTests {
  @Test("D4: a second instance is told the pid of the first")
  func second() throws {
    try withFolder { (folder) throws in
      let lock = try StateLock.acquire(in: folder, pid: 4711)
      #expect(throws: StoreError.locked(pid: 4711)) { try StateLock.acquire(in: folder, pid: 4712) }
      lock.release()
      lock.release()
      let next = try StateLock.acquire(in: folder, pid: 3)
      #expect(throws: StoreError.locked(pid: 3)) { try StateLock.acquire(in: folder) }
      next.release()
    }
  }

  @Test("F61: the lock of a holder that was killed is taken over")
  func deadHolder() throws {
    try withFolder { (folder) throws in
      let holder = Process()
      let (input, output) = (Pipe(), Pipe())
      holder.executableURL = URL(fileURLWithPath: "/bin/sh")
      holder.arguments = ["-c", "exec 9>>\"$0\"; flock 9; echo 99 >&9; echo held; read end", folder.path(of: "lock")]
      (holder.standardInput, holder.standardOutput) = (input, output)
      try StateLock.acquire(in: folder, pid: 1).release()
      try Data().write(to: URL(fileURLWithPath: folder.path(of: "lock")))
      chmod(folder.path(of: "lock"), 0o600)
      try holder.run()
      #expect(!output.fileHandleForReading.availableData.isEmpty)
      #expect(throws: StoreError.locked(pid: 99)) { try StateLock.acquire(in: folder) }
      kill(holder.processIdentifier, SIGKILL)
      holder.waitUntilExit()
      try StateLock.acquire(in: folder).release()
    }
  }

  @Test("D4: whether somebody owns the folder can be asked without becoming the owner")
  func ownerIsAskedFor() throws {
    try withFolder { (folder) throws in
      try StateLock.requireFree(folder)
      let lock = try StateLock.acquire(in: folder, pid: 41)
      #expect(throws: StoreError.locked(pid: 41)) { try StateLock.requireFree(folder) }
      lock.release()
      try StateLock.requireFree(folder)
      try StateLock.acquire(in: folder).release()
    }
  }
}
