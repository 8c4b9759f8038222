import Testing

@testable import ConsoleApp

private actor Passages {
  private(set) var count = 0
  func note() { count += 1 }
}

@Suite("What waits for the journal")
struct OpeningGateTests {
  @Test("D5, R11: what asks or changes waits until what an earlier run left open is told, and knows that it waited")
  func waits() async {
    let gate = OpeningGate()
    let passages = Passages()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<20 {
        group.addTask {
          await gate.passed()
          await passages.note()
        }
      }
      for _ in 0..<50 { await Task.yield() }
      #expect(await passages.count == 0 && !gate.isOpen)
      gate.open()
    }
    #expect(await passages.count == 20)
    #expect(await gate.passed(), "whoever comes later goes through at once")
  }
}
