import Foundation
import Glibc
import PartnerModel
import Synchronization
import Testing

@testable import PartnerContext

@Suite struct LockedMemoryTests {
  /// The flags and sizes of the mapping that holds `address`, as the system has them.
  private func mapping(of address: UInt) throws -> [String: String] {
    var isWanted = false
    var facts: [String: String] = [:]
    let file = open("/proc/self/smaps", O_RDONLY)
    defer { close(file) }
    // Its size is not told, and it comes in pieces.
    let bytes = WipedBytes(capacity: 1 << 20)
    while bytes.read(from: file) > 0 {}
    let text = bytes.withBytes { String(decoding: $0, as: UTF8.self) }
    for line in text.split(separator: "\n") {
      if let range = line.prefixMatch(of: /([0-9a-f]+)-([0-9a-f]+) (\S+)/) {
        let (start, end) = (UInt(range.1, radix: 16) ?? 0, UInt(range.2, radix: 16) ?? 0)
        isWanted = start <= address && address < end
        if isWanted { facts["access"] = String(range.3) }
      } else if isWanted, let colon = line.firstIndex(of: ":") {
        facts[String(line[..<colon])] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      }
    }
    return facts
  }

  @Test("T7: a secret is locked, left out of dumps, and lies between pages that nobody can touch")
  func locked() throws {
    let memory = LockedMemory { mlock($0, $1) == 0 ? 0 : errno }
    let secret = Secret(copying: UnsafeRawBufferPointer(start: nil, count: 0), into: memory)
    let bytes = try #require(memory.take(32))
    let address = UInt(bitPattern: bytes.baseAddress)
    let facts = try mapping(of: address)
    #expect(facts["VmFlags"]?.contains("lo") == true && facts["VmFlags"]?.contains("dd") == true, "\(facts)")
    #expect(facts["Locked"] == facts["Size"])
    let page = UInt(getpagesize())
    let first = address / page * page
    #expect(try mapping(of: first - 1)["access"] == "---p")
    #expect(try mapping(of: first + 16_384)["access"] == "---p")
    memory.giveBack(bytes)
    _ = secret
  }

  @Test("T7: what is given back is wiped, and used again")
  func wiped() throws {
    let memory = LockedMemory { _, _ in 0 }
    let keeper = try #require(memory.take(16))
    let bytes = try #require(memory.take(40))
    for index in bytes.indices { bytes[index] = 0xA5 }
    let start = try #require(bytes.baseAddress)
    memory.giveBack(bytes)
    #expect(UnsafeRawBufferPointer(start: start, count: 40).allSatisfy { $0 == 0 })
    #expect(try #require(memory.take(48)).baseAddress == start)
    memory.giveBack(keeper)
  }

  @Test("T7: however they come and go, no two secrets share a byte, and all is free in the end", arguments: 0..<20)
  func apart(seed: Int) throws {
    let memory = LockedMemory { _, _ in 0 }
    var chance = SeededChance(seed: UInt64(seed))
    var held: [(bytes: UnsafeMutableRawBufferPointer, mark: UInt8)] = []
    for step in 0..<2000 {
      if held.isEmpty || Int.random(in: 0..<5, using: &chance) > 1 {
        let size = [1, 15, 16, 17, 40, 600, 9000, 70_000][Int.random(in: 0..<8, using: &chance)]
        let (bytes, mark) = (try #require(memory.take(size)), UInt8(truncatingIfNeeded: step) | 1)
        #expect(bytes.count == size && bytes.allSatisfy { $0 == 0 })
        for index in bytes.indices { bytes[index] = mark }
        held.append((bytes, mark))
      } else {
        let (bytes, mark) = held.remove(at: Int.random(in: 0..<held.count, using: &chance))
        #expect(bytes.allSatisfy { $0 == mark })
        memory.giveBack(bytes)
      }
    }
    for (bytes, mark) in held {
      #expect(bytes.allSatisfy { $0 == mark })
      memory.giveBack(bytes)
    }
    #expect(memory.usedBytes == 0)
  }

  @Test("T7: memory that cannot be locked is told once, with what to do, and is used")
  func unlocked() throws {
    let memory = LockedMemory { _, _ in ENOMEM }
    let told = Mutex<[String]>([])
    let secret = "canary-7f3a".withCString { text in
      Secret(copying: UnsafeRawBufferPointer(start: text, count: 11), into: memory)
    }
    for _ in 0..<2 { memory.whenUnlocked { failure in told.withLock { $0.append("\(failure)") } } }
    _ = memory.take(100_000)
    #expect(secret.reveal { $0 } == "canary-7f3a")
    let words = told.withLock { $0 }
    #expect(words.count == 1)
    #expect(words[0].contains("ulimit -l 512") && words[0].contains("LimitMEMLOCK"), "\(words)")
  }

  @Test("T7: a client secret is read into locked memory")
  func reader() async throws {
    let locked = Mutex(0)
    let memory = LockedMemory { _, count in
      locked.withLock { $0 += count }
      return 0
    }
    let reader = SecretReader(environment: { _ in "canary-7f3a" }, memory: memory)
    let secret = try await reader.read(.environment("SECRET"))
    #expect(locked.withLock { $0 } == 16_384 && memory.usedBytes == 16)
    #expect(secret.reveal { $0 } == "canary-7f3a")
  }
}

/// Numbers that a seed decides.
private struct SeededChance: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
