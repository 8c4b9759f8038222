import Foundation
import Testing

/// The rows of the fault matrix that belong to client, store and operations.
@Suite("The fault matrix")
struct FaultMatrixTests {
  /// Ids of one letter in a test's name, for example the 26 of `F26, R4: …`; of `F13–F15` all three.
  static func numbers(_ letter: Character, in name: String) -> Set<Int> {
    var numbers: Set<Int> = []
    let ids = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) && $0 != "–" }
    for word in ids {
      let parts = word.split(separator: "–").map { part in
        part.first == letter ? Int(part.dropFirst()) : nil
      }
      if parts.count == 2, let first = parts[0], let last = parts[1], first <= last {
        numbers.formUnion(first...last)
      } else if parts.count == 1, let only = parts[0] {
        numbers.insert(only)
      }
    }
    return numbers
  }

  /// What a test's own line, or the line after `@Test(`, says it is about.
  static func names(in file: SourceFile) -> [String] {
    file.lines.indices.compactMap { index in
      let line = file.lines[index].trimmingCharacters(in: .whitespaces)
      let isNamed = line.hasPrefix("@Test(\"")
      guard isNamed || index > 0 && file.lines[index - 1].trimmingCharacters(in: .whitespaces) == "@Test(" else {
        return nil
      }
      guard let start = line.firstIndex(of: "\"") else { return nil }
      let rest = line[line.index(after: start)...]
      return rest.lastIndex(of: "\"").map { String(rest[..<$0]) }
    }
  }

  @Test("Each fault from F1 to F60 is in the name of some test")
  func complete() {
    let tests = House.everything.filter { $0.path.hasPrefix("Tests/") && !$0.path.hasPrefix("Tests/HouseTests/") }
    let named = tests.flatMap(Self.names).reduce(into: Set<Int>()) { $0.formUnion(Self.numbers("F", in: $1)) }
    #expect(Set(1...60).subtracting(named).sorted() == [])
  }

  @Test("An id is a word of its own: a function key, a number and another letter are none")
  func ids() {
    #expect(Self.numbers("F", in: "F26, R4, F13–F15: 503 in every tenant, xF7, F, F7a") == [26, 13, 14, 15])
    #expect(Self.numbers("R", in: "F26, R4, R5: 503") == [4, 5])
  }
}
