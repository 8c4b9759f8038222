import Foundation
import PartnerModel
import TerminalKit
import Testing

@testable import ConsoleCore

/// How a filter goes through many rows.
@Suite struct FilterScanTests {
  @Test("A word is found where it stands first, as by looking at each place", arguments: UInt64(0)..<20)
  func places(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    func bytes(_ count: Int) -> [UInt8] {
      // Few letters, so that much fits in part; among them those that differ in one bit, or in the top one.
      (0..<count).map { _ in [0x61, 0x62, 0x60, 0xE1, 0x00, 0x0A].randomElement(using: &chance) ?? 0 }
    }
    for _ in 0..<200 {
      let text = bytes(.random(in: 0..<160, using: &chance))
      let word = bytes(.random(in: 1..<6, using: &chance))
      let start = Int.random(in: 0...text.count, using: &chance)
      let first = (start..<max(start, text.count - word.count + 1)).first { text[$0...].starts(with: word) }
      let found = text.withUnsafeBufferPointer { text in
        word.withUnsafeBufferPointer { text.firstPlace(of: $0, from: start) }
      }
      #expect(found == first, "\(word) in \(text) from \(start)")
    }
  }

  private func filled(_ rows: [IncidentSummary]) -> IncidentList {
    var list = IncidentList(directory: ConsoleState.sample().directory, includesClosed: false, now: noon)
    list.take(rows, areChanges: false, completes: true)
    while list.isWorking { list.work() }
    return list
  }

  @Test("What is found by looking through many rows at once is what is found row by row", arguments: UInt64(0)..<3)
  func chunks(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let names = ["Malware on a server", "Ünlü phishing", "malware and phishing", "日本 logon", "", "#12 of \n many"]
    let severities: [Severity] = [.high, .medium, .low, .informational, .unrecognised("odd")]
    let rows = (0..<2_100).map { number -> IncidentSummary in
      var row = IncidentSummary.sample(
        .random(in: 1...19, using: &chance), number, names.randomElement(using: &chance) ?? "",
        severities.randomElement(using: &chance) ?? .high, age: .random(in: 0...(90 * day), using: &chance),
        status: [.active, .inProgress].randomElement(using: &chance) ?? .active,
        owner: Bool.random(using: &chance) ? "anna@northwind.example" : nil)
      if number % 7 == 0 { row.tags = ["vip", "tag \(number % 50)"] }
      return row
    }
    var list = filled(rows)
    // Some are renamed, some leave, and others take their slots.
    list.take(
      rows.shuffled(using: &chance).prefix(400).enumerated().map { number, row in
        var row = row
        if number % 3 == 0 { row.status = .resolved } else { row.displayName += " renamed" }
        return row
      }, areChanges: true)
    list.take((0..<150).map { .sample(2, 9_000 + $0, "came later", .high) }, areChanges: true)
    while list.isWorking { list.work() }
    for text in [
      "malware", "phish", "unlu", "#12", "vip", "tag 7", "high", "in progress", "assigned:none", "breached",
      "assigned:anna malware", "assigned:me", "renamed high", "later", "nothing of this", "m", "contoso", "日本",
      "\u{301}",
    ] {
      list.filter(by: WordFilter(text))
      while list.isWorking { list.work() }
      let expected = list.sorted.filter { !list.matching([$0]).isEmpty }
      #expect(list.filtered == expected, "\(text)")
      list.filter(by: .none)
    }
  }

  @Test("Values beyond those that are looked at beforehand are found by chunks as row by row")
  func manyValues() {
    let list = filled(
      (0..<5_000).map { number in
        var row = IncidentSummary.sample(1, number, "row", .low)
        row.tags = ["tag \(number)"]
        return row
      })
    for text in ["499", "43", "tag"] {
      var list = list
      list.filter(by: WordFilter(text))
      while list.isWorking { list.work() }
      let expected = list.sorted.filter { !list.matching([$0]).isEmpty }
      #expect(list.filtered == expected, "\(text)")
      #expect(!expected.isEmpty)
    }
  }

  @Test("In an order that goes through all chunks at once, a slice ends before it has looked at all of them")
  func scatteredSlices() {
    let rows = 132 * SearchTexts.chunkRows
    var list = filled((0..<rows).map { .sample(1, $0, $0 % 3 == 0 ? "third" : "row", .low) })
    // One row of each chunk, then the next of each.
    let source = (0..<rows).map { Int32($0 % 132 * SearchTexts.chunkRows + $0 / 132) }
    var job = FilterJob(source: source)
    list.search = IncidentSearch(WordFilter("third"), hasDeadlines: false)
    var found = list.matchingNext(50_000, of: &job)
    #expect(job.next == 128)
    let expected = source[..<128].filter { !list.matching([$0]).isEmpty }
    #expect(found == expected)
    var slices = 1
    while job.next < source.count {
      found += list.matchingNext(50_000, of: &job)
      slices += 1
    }
    #expect(slices == 4)
    #expect(found.count == rows / 3)
  }

  @Test("Between two slices of a filter at most so many rows are looked at, and a key is answered")
  func slices() {
    var state = ConsoleState.loaded(
      allStates, (0..<120_000).map { .sample(1, $0, "row \($0)", .low) }, hasDeadlines: false
    ) { $0.view = .queue }
    state.press(.character("/"))
    state.press(.character("r"))
    var slices = 0
    while case .filtering(let job) = state.queue.job {
      #expect(job.next <= (slices + 1) * 50_000)
      slices += 1
      if slices == 2 {
        state.press(.character("o"))
        #expect(state.queue.filter.text == "ro")
        #expect(state.queue.isWorking)
        break
      }
      _ = update(&state, .workContinued)
    }
    #expect(slices == 2)
    state.work()
    #expect(state.queue.count == 120_000)
  }
}
