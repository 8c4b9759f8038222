import Foundation
import Testing

@Suite("Habits of the house")
struct HabitTests {
  @Test("A file can be held in the head: at most 450 lines")
  func length() {
    #expect(!House.everything.isEmpty)
    for file in House.everything {
      let count = file.lines.last?.isEmpty == true ? file.lines.count - 1 : file.lines.count
      #expect(count <= 450, "\(file.path) has \(count) lines")
    }
  }

  @Test("The README has no gap left to fill")
  func readme() throws {
    let text = try String(contentsOf: House.top.appending(path: "README.md"), encoding: .utf8)
    #expect(text.contains("scripts/demo") && text.contains("scripts/test"))
    #expect(!text.contains("@" + "@"))
  }

  @Test("Nothing is left for later")
  func nothingLeft() {
    // Written apart, so that this file does not find itself.
    let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK:"]
    for file in House.everything {
      for (index, line) in file.lines.enumerated() {
        for word in words { #expect(!line.contains(word), "\(file.path):\(index + 1): \(word)") }
      }
    }
  }

  @Test("What the compiler cannot check says beside it why it is right")
  func explained() {
    let escapes = [
      "@unchecked Sendable", "nonisolated(unsafe)", "try!", "fatalError(", "unsafeBitCast(",
      "as! ",
    ]
    for file in House.everything where file.path.hasPrefix("Sources/") {
      for (index, line) in file.code.enumerated() {
        for escape in escapes where line.contains(escape) {
          let isBeside = file.lines[index].contains("//")
          let isBefore = index > 0 && file.lines[index - 1].trimmingCharacters(in: .whitespaces).hasPrefix("//")
          #expect(isBeside || isBefore, "\(file.path):\(index + 1): \(escape) without its reason")
        }
      }
    }
  }

  @Test("Files are named by their noun")
  func names() {
    for file in House.everything {
      let name = String(file.path.split(separator: "/").last ?? "")
      for word in ["Util", "Manager", "Helper", "Misc"] {
        #expect(!name.contains(word), "\(file.path)")
      }
    }
  }

  @Test("Public and package declarations of the client and the model carry what they mean")
  func librariesAreNotSilent() {
    let kinds = ["struct ", "enum ", "actor ", "protocol ", "class "]
    for file in House.everything where file.path.hasPrefix("Sources/") {
      for (index, line) in file.code.enumerated() where line.hasPrefix("public ") || line.hasPrefix("package ") {
        guard kinds.contains(where: { line.contains($0) }), !line.contains(" func "), !line.contains("import ") else {
          continue
        }
        var before = index - 1
        while before >= 0, file.lines[before].hasPrefix("@") { before -= 1 }
        let isTold = before >= 0 && file.lines[before].hasPrefix("///")
        #expect(isTold, "\(file.path):\(index + 1): a type without a word about it")
      }
    }
  }
}
