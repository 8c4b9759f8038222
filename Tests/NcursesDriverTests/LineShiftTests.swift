import SafeText
import TerminalKit
import Testing

@testable import NcursesDriver

@Suite struct LineShiftTests {
  private let lines = (0..<12).map { number in
    var builder = LineBuilder(width: 8)
    builder.add(SafeText("\(number)"))
    return builder.line()
  }

  private func shift(from old: ArraySlice<Line>, to new: [Line]) -> String {
    LineShift(from: old.map { ScreenRow($0) }, to: new.map { ScreenRow($0) }).map { "\($0.rows) by \($0.shift)" }
      ?? "none"
  }

  @Test("Lines that moved up or down are found, with the rows that they moved between")
  func moved() {
    #expect(shift(from: lines[0..<8], to: Array(lines[1..<9])) == "0...7 by 1")
    #expect(shift(from: lines[3..<11], to: Array(lines[1..<9])) == "0...7 by -2")
    // A head that stays, a row that is drawn anew.
    let head = Line.blank(8)
    var new = [head] + lines[1..<9]
    new[7] = new[7].adding(.reverse)
    #expect(shift(from: ([head] + lines[0..<8])[...], to: new) == "1...7 by 1")
  }

  @Test("Lines move whatever stands beside them")
  func beside() {
    let sides = (0..<20).map { _ in Line.blank(3) }
    let old = (0..<8).map { ScreenRow(lines[$0], beside: sides[$0]) }
    let new = (0..<8).map { ScreenRow(lines[$0 + 1], beside: sides[$0 + 8]) }
    #expect(LineShift(from: old, to: new).map { "\($0.rows) by \($0.shift)" } == "0...7 by 1")
    let same = (0..<8).map { ScreenRow(lines[$0], beside: sides[$0 + 8]) }
    #expect(LineShift(from: old, to: same) == nil)
  }

  @Test("Nothing is moved where it spares fewer than four lines, or lines only look alike")
  func unmoved() {
    #expect(shift(from: lines[0..<8], to: Array(lines[0..<8])) == "none")
    #expect(shift(from: lines[0..<8], to: Array(lines[5..<12]) + [lines[0]]) == "none")
    #expect(shift(from: lines[0..<8], to: Array(lines[0..<7])) == "none")
    let blanks = (0..<8).map { _ in Line.blank(8) }
    #expect(shift(from: blanks[...], to: (0..<8).map { _ in Line.blank(8) }) == "none")
    // Two lines changed places among many that stay.
    var swapped = Array(lines[0..<8])
    swapped.swapAt(0, 7)
    #expect(shift(from: lines[0..<8], to: swapped) == "none")
  }
}
