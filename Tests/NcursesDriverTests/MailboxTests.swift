import Testing

@testable import NcursesDriver

@Suite struct MailboxTests {
  @Test("Events come out in order, and one byte wakes for all of them")
  func order() throws {
    let wake = try WakePipe()
    let mailbox = Mailbox<Int>(wake: wake)
    #expect(mailbox.drain() == [])
    for number in 0..<100_000 { mailbox.post(number) }
    #expect(wake.drain())
    #expect(!wake.drain())
    #expect(mailbox.drain() == Array(0..<100_000))
    mailbox.post(7)
    #expect(wake.drain())
    #expect(mailbox.drain() == [7])
  }

  @Test("Nothing posted by many tasks is lost")
  func many() async throws {
    let mailbox = Mailbox<Int>(wake: try WakePipe())
    await withTaskGroup { group in
      for task in 0..<8 {
        group.addTask { for number in 0..<1000 { mailbox.post(task * 1000 + number) } }
      }
    }
    #expect(Set(mailbox.drain()).count == 8000)
  }

  @Test("A full pipe does not block")
  func full() throws {
    let wake = try WakePipe()
    for _ in 0..<200_000 { wake.wake() }
    #expect(wake.drain())
  }
}
