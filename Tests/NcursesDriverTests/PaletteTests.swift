import Foundation
import TerminalKit
import Testing

@testable import NcursesDriver

@Suite struct PaletteTests {
  private static let colors = Color.allCases.filter { $0 != .standard }

  /// A part of a fixed colour, as much light as it gives off. WCAG 2.2, "relative luminance".
  private func light(_ part: Int) -> Double {
    let share = Double(part) / 255
    return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
  }

  /// As xterm has the colours from 16 on: a cube of six steps a side, then greys.
  private func luminance(_ number: Int16) -> Double {
    let steps = [0, 95, 135, 175, 215, 255]
    let index = Int(number) - 16
    let parts =
      number < 232
      ? [steps[index / 36], steps[index / 6 % 6], steps[index % 6]]
      : [Int](repeating: 8 + 10 * (Int(number) - 232), count: 3)
    return 0.2126 * light(parts[0]) + 0.7152 * light(parts[1]) + 0.0722 * light(parts[2])
  }

  @Test("P11: each fixed colour, and what stands for dim, can be read on black and on white")
  func contrast() throws {
    let palette = Palette(terminal: "xterm-256color", colors: 256)
    let numbers = Self.colors.map { palette.number(of: $0) } + [palette.quiet]
    for number in numbers {
      let number = try #require(number)
      // Those below are the operator's own.
      #expect((16...255).contains(number))
      let light = luminance(number)
      #expect((light + 0.05) / 0.05 >= 4.5, "\(number) on black")
      #expect(1.05 / (light + 0.05) >= 4.5, "\(number) on white")
    }
    #expect(Set(numbers).count == numbers.count, "none looks like another")
    #expect(palette.number(of: .standard) == nil)
  }

  @Test("P11: of eight colours only red is used; on the Linux console, which is black, all")
  func fewColors() {
    let themed = Palette(terminal: "xterm", colors: 8)
    #expect(Self.colors.filter { themed.number(of: $0) != nil } == [.red])
    #expect(themed.quiet == nil)
    for terminal in ["linux", "linux-16color"] {
      let palette = Palette(terminal: terminal, colors: 8)
      #expect(Self.colors.map { palette.number(of: $0) } == [1, 2, 3, 6])
      #expect(palette.quiet == nil)
    }
    #expect(Palette(terminal: "linuxish", colors: 256) == .fixed)
  }
}
