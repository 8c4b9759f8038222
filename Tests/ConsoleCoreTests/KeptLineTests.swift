import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

@Suite("What is kept from one frame to the next changes nothing in it")
struct KeptLineTests {
  private static let texts: [SafeText] = [
    "", " ", "word", "Contoso Ltd", "東京データ株式会社", "e\u{301}é", "◐ -1 of 3",
    "a name that is longer than the line has room for it",
  ]

  @Test(
    "A pen knows its column after every step, and its line is the one that is built step by step",
    arguments: UInt64(0)..<60)
  func pen(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let width = Int.random(in: 0...60, using: &chance)
    let isASCII = seed % 3 == 0
    var pen = Pen(width: width, isASCII: isASCII)
    var builder = LineBuilder(width: width)
    for _ in 0..<Int.random(in: 0...9, using: &chance) {
      let text = Self.texts.randomElement(using: &chance) ?? ""
      let shown = { (limit: Int) in isASCII ? text.clipped(to: limit).asciiOnly : text.clipped(to: limit) }
      let columns = Int.random(in: -2...30, using: &chance)
      let style: Style = Bool.random(using: &chance) ? .plain : Style(.red, .bold)
      switch Int.random(in: 0..<6, using: &chance) {
      case 0:
        pen.add(text, style)
        builder.add(shown(builder.remaining), style)
      case 1:
        let alignment: Alignment = Bool.random(using: &chance) ? .leading : .trailing
        pen.field(text, columns, alignment, style)
        builder.add(shown(min(columns, builder.remaining)), to: columns, alignment, style)
        builder.skip(1)
      case 2:
        pen.skip(columns)
        builder.skip(columns)
      case 3:
        pen.fill(to: columns)
        builder.fill(to: columns)
      case 4:
        var other = LineBuilder(width: max(columns, 0))
        other.add(text, style)
        let line = other.line()
        pen.add(line)
        builder.add(line)
      default:
        pen.rule(text)
        let start = ("── " as SafeText).clipped(to: builder.remaining)
        builder.add(isASCII ? start.asciiOnly : start, Style(.standard, .dim))
        builder.add(shown(builder.remaining), Style(.standard, .bold))
        builder.add(" ", Style(.standard, .dim))
        let dash: SafeText = isASCII ? "-" : "─"
        builder.add(dash.repeated(builder.remaining), Style(.standard, .dim))
      }
      #expect(pen.column == builder.column && pen.remaining == builder.remaining)
    }
    #expect(pen.writing.line == builder.line())
  }

  @Test("A line is drawn anew when anything of it is another: a text, a style, a width, a place")
  func drawnAnew() {
    var kept = KeptLines()
    func line(_ text: SafeText, _ style: Style, width: Int, at place: Int = 0) -> Line {
      kept.line(at: place, written(width, isASCII: false) { $0.add(text, style) })
    }
    let first = line("a", .plain, width: 9)
    #expect(line("a", .plain, width: 9).storage == first.storage, "the same is kept")
    #expect(line("b", .plain, width: 9).text == "b")
    #expect(line("b", Style(.red), width: 9).cells[0].style == Style(.red))
    #expect(line("b", Style(.red), width: 12).width == 12)
    #expect(line("c", .plain, width: 9, at: 3).text == "c" && line("b", Style(.red), width: 12).text == "b")
  }

  /// Keys that leave much of a frame as it was.
  private static let keys: [Key] = [
    .down, .down, .down, .up, .up, .pageDown, .pageUp, .control("d"), .home, .end, .character("p"), .character(" "),
    .character("J"), .character("K"), .character("s"), .character("?"), .escape, .enter, .tab, .character("U"),
    .character("o"), .character(":"), .character("r"),
  ]

  @Test(
    "A frame with what was kept of those before is the frame made of nothing, after every key",
    arguments: UInt64(0)..<12)
  func frames(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    var state = ConsoleState.loaded(
      size: Size(columns: seed % 3 == 0 ? 100 : 170, rows: Int.random(in: 16...50, using: &chance)),
      hasDeadlines: seed % 2 == 0
    ) { $0.signs = seed % 4 == 1 ? .ascii : .all }
    state.take(.key(.tab))
    var cache = RowCache()
    for step in 0..<250 {
      switch Int.random(in: 0..<30, using: &chance) {
      case 0:
        let rows = Int.random(in: 15...50, using: &chance)
        state.take(.resized(Size(columns: [100, 140, 170, 200].randomElement(using: &chance) ?? 140, rows: rows)))
      case 1: state.take(.ticked(state.now.addingTimeInterval(.random(in: -90...hour, using: &chance))))
      case 2:
        // What is under the cursor, or above it, is another.
        let row = attack.randomElement(using: &chance) ?? attack[0]
        state.take(.incidentsChanged([row.with { $0.displayName += "." }]))
      case 3:
        state.take(
          .tenantsChanged([
            (allStates.randomElement(using: &chance) ?? allStates[0]).with { $0.sync.lastSuccess = state.now }
          ]))
      default: state.take(.key(Self.keys.randomElement(using: &chance) ?? .down))
      }
      let (kept, fresh) = (view(state, cache: &cache), state.screen)
      // Not the screens themselves: a failure would print every cell of both.
      let differing = zip(kept.lines, fresh.lines).filter { $0 != $1 }.map { "\($0.text)\n\($1.text)" }
      #expect(
        differing.isEmpty && kept.rows.count == fresh.rows.count, "step \(step): \(differing.joined(separator: "\n"))")
      #expect(kept.cursor == fresh.cursor && kept.rest == fresh.rest)
    }
  }
}
