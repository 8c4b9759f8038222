import Foundation
import Testing

@Suite("The arrows between the rooms")
struct ArrowTests {
  @Test("Every folder of Sources is a room of the table")
  func rooms() throws {
    let folders = try FileManager.default.contentsOfDirectory(
      at: House.top.appending(path: "Sources"), includingPropertiesForKeys: [.isDirectoryKey])
    #expect(!folders.isEmpty)
    for folder in folders where !folder.lastPathComponent.hasPrefix(".") {
      #expect(House.room(folder.lastPathComponent) != nil, "Sources/\(folder.lastPathComponent) is not in the table")
    }
    #expect(!House.sources.isEmpty)
    #expect(Set(House.rooms.map(\.name)).count == House.rooms.count)
  }

  @Test("Arrows point towards values: no room reaches itself")
  func noCircle() {
    func reached(from name: String, _ seen: Set<String>) -> Set<String> {
      guard let room = House.room(name) else { return seen }
      return room.ours.reduce(seen) { seen, next in
        seen.contains(next) ? seen : reached(from: next, seen.union([next]))
      }
    }
    for room in House.rooms {
      #expect(!reached(from: room.name, []).contains(room.name), "\(room.name) reaches itself")
      for name in room.ours { #expect(House.room(name) != nil, "\(room.name) names \(name), which is no room") }
    }
  }

  @Test("A room imports only what it may")
  func imports() {
    for file in House.sources {
      guard let room = House.room(file.room) else { continue }
      let allowed = room.ours.union(room.products).union(room.others)
      for (module, line) in file.imports {
        #expect(allowed.contains(module), "\(file.path):\(line): \(room.name) may not import \(module)")
      }
    }
  }

  @Test(
    "One door each: the terminal, the network, the database, the fast parser and OpenSSL",
    arguments: House.doors.indices)
  func doors(index: Int) {
    let door = House.doors[index]
    for file in House.sources where file.room != door.room {
      for (module, line) in file.imports {
        #expect(module != door.module, "\(file.path):\(line): only \(door.room) imports \(door.module)")
      }
    }
  }

  @Test("The same doors for what is written in C", arguments: House.headers.indices)
  func headers(index: Int) {
    let header = House.headers[index]
    #expect(!House.cSources.isEmpty)
    for file in House.cSources where !header.rooms.contains(file.room) {
      for (number, line) in file.lines.enumerated() where line.hasPrefix("#") && line.contains("include") {
        #expect(!line.contains(header.name), "\(file.path):\(number + 1): only \(header.rooms) may include it")
      }
    }
  }

  @Test("The simulator shares nothing with the client")
  func labServer() throws {
    let lab = try #require(House.room("LabServer"))
    #expect(lab.ours.isSubset(of: House.neutral))
    for room in House.neutral {
      for name in House.room(room)?.ours ?? [] {
        #expect(House.room(name)?.ours.isEmpty == true, "\(room) reaches further than to its door")
      }
    }
    let rooms = Set(House.rooms.map(\.name)).subtracting(House.neutral)
    for file in House.sources where file.room == "LabServer" {
      for (module, line) in file.imports { #expect(!rooms.contains(module), "\(file.path):\(line): imports \(module)") }
    }
  }

  @Test("Full Foundation stays out of the program")
  func foundation() {
    for file in House.sources {
      for (module, line) in file.imports {
        #expect(
          !["Foundation", "FoundationNetworking", "FoundationInternationalization"].contains(module),
          "\(file.path):\(line): imports \(module)")
      }
    }
  }

  @Test("The core is pure: no clock, no chance, no task, no I/O")
  func pureCore() {
    let refused = [
      "Date()", "Date.now", "UUID()", "Task {", "Task.", ".random(", "SystemRandomNumberGenerator", "FileManager",
      "ProcessInfo", "ContinuousClock", "SuspendingClock", " print(", "readLine(", "@MainActor", "package actor ",
      "async ",
      "await ",
    ]
    for file in House.sources where file.room == "ConsoleCore" {
      for (index, line) in file.code.enumerated() {
        for word in refused { #expect(!line.contains(word), "\(file.path):\(index + 1): \(word)") }
      }
    }
  }

  @Test("Text is painted in one file of the driver alone")
  func onePainter() {
    let painting = [
      "addstr", "addnstr", "addwstr", "addnwstr", "addch(", "add_wch", "add_wchstr", "add_wchnstr", "waddch", "insstr",
      "ins_wstr",
      "ins_wch", "printw", "vwprintw",
    ]
    var painters: Set<String> = []
    for file in House.sources where file.code.contains(where: { line in painting.contains(where: line.contains) }) {
      painters.insert(file.path)
    }
    #expect(painters.allSatisfy { $0.hasPrefix("Sources/NcursesDriver/") }, "\(painters.sorted())")
    #expect(painters.count <= 1, "\(painters.sorted())")
  }
}
