import Foundation
import Glibc
import Testing

@testable import SafeText

/// Whether this machine's C library knows the Unicode version that the table was recorded with.
private let isRecordedLibrary: Bool = {
  var version = [CChar](repeating: 0, count: 64)
  confstr(Int32(_CS_GNU_LIBC_VERSION), &version, version.count)
  return version.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } == "glibc 2.36"
}()

@Suite struct ScalarClassTests {
  @Test("The width of every scalar is what wcwidth says", .enabled(if: isRecordedLibrary))
  func widths() throws {
    let width = try columnsByLibrary()
    var wrong: [String] = []
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let expected = value == 0 ? -1 : width(value)
      if displayWidth(of: scalar) != expected { wrong.append(String(value, radix: 16)) }
    }
    #expect(wrong == [])
  }

  @Test("Invariant 11: controls, formats, private-use, unassigned and invisible scalars are hidden, letters are not")
  func hidden() {
    var wrong: [String] = []
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let character = ScalarClass(scalar)
      if mustHide(scalar) && !character.isHidden { wrong.append(String(value, radix: 16)) }
      if character.width < 0 && !character.isHidden { wrong.append(String(value, radix: 16)) }
    }
    #expect(wrong == [])
    for scalar in "aÉşı東العبרית◌\u{301}🙂\u{FFFD}\u{3000}".unicodeScalars {
      #expect(!ScalarClass(scalar).isHidden, "\(scalar.value)")
    }
  }

  @Test("P2: nothing that orders a line anew is ever shown")
  func bidiControls() {
    for value in [0x61C, 0x200E, 0x200F] + Array(UInt32(0x202A)...0x202E) + Array(0x2066...0x2069) {
      guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
      for text in ["\(scalar)", "شركة\(scalar)12", "a\(scalar)\u{301}b"] {
        let shown = SafeText(text).text.unicodeScalars
        #expect(!shown.contains(scalar) && SafeText(text).text.contains("<"), "\(value)")
      }
    }
  }

  @Test("P1: letters and symbols to which terminals give different widths are known as such, and no others")
  func contested() throws {
    let width = try columnsByLibrary()
    var wrong: [String] = []
    for value in UInt32(0x80)...0x10FFFF where isRecordedLibrary {
      guard let scalar = Unicode.Scalar(value), !ScalarClass(scalar).isHidden else { continue }
      if ScalarClass(scalar).isContested != isContested(scalar, width(value)) { wrong.append(String(value, radix: 16)) }
    }
    #expect(wrong == [])
    // Vowel signs of Devanagari, Bengali, Tamil, Burmese, Khmer; a virama; Hangul's parts; hexagram, number in a square, flag.
    for scalar in "\u{93F}\u{9BE}\u{BC6}\u{102C}\u{17B6}\u{94D}\u{1161}\u{11AB}䷀㉈㊗🇩🏽〽\u{E33}".unicodeScalars {
      #expect(ScalarClass(scalar).isContested, "\(scalar.escaped(asASCII: true))")
    }
    for scalar in "aÉşıж東データ한العبرית\u{301}\u{64B}क…–●◐○✖◌⟳‽▌↵⇥│─≠ \u{FFFD}".unicodeScalars {
      #expect(!ScalarClass(scalar).isContested, "\(scalar.escaped(asASCII: true))")
    }
  }

  @Test(
    "Record the table of scalars",
    .enabled(if: ProcessInfo.processInfo.environment["RECORD_WIDTHS"] == "1" && isRecordedLibrary))
  func record() throws {
    let width = try columnsByLibrary()
    var entries: [UInt32] = []
    var last: UInt32?
    for value in UInt32(0)...0x10FFFF {
      var bits: UInt32 = 7
      if let scalar = Unicode.Scalar(value) {
        let columns = value == 0 ? -1 : width(value)
        bits = (columns < 0 ? 3 : UInt32(columns)) | (columns < 0 || mustHide(scalar) ? 4 : 0)
        if bits & 4 == 0, isContested(scalar, columns) { bits |= 8 }
      }
      if bits != last { entries.append(value << 4 | bits) }
      last = bits
    }
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/SafeText/ScalarClassTable.swift").standardized
    let old = try String(contentsOf: file, encoding: .utf8)
    let head = try #require(old.range(of: "[UInt32] = [\n"))
    var text = String(old[..<head.upperBound])
    var line = " "
    for entry in entries {
      let item = " 0x" + String(entry, radix: 16) + ","
      if line.count + item.count > 118 {
        text += line + "\n"
        line = " "
      }
      line += item
    }
    try (text + line + "\n]\n").write(to: file, atomically: true, encoding: .utf8)
  }

  /// By Unicode's own properties, which the table was recorded from.
  private func mustHide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
    default: scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.isNoncharacterCodePoint
    }
  }

  /// By Unicode's properties too. What they miss that terminals of 2022 differ on was looked for with cursor reports: nothing.
  private func isContested(_ scalar: Unicode.Scalar, _ columns: Int) -> Bool {
    let properties = scalar.properties
    // Takes a column, and is nevertheless a part of the character before it.
    if properties.generalCategory == .spacingMark || columns > 0 && "a\(scalar)".count == 1 { return true }
    // Joins the letters around it to one sign, and is a letter that is drawn into another.
    if properties.canonicalCombiningClass == .virama || columns == 0 && properties.generalCategory == .otherLetter {
      return true
    }
    if properties.isEmojiPresentation || (properties.age?.major ?? 0) >= 11 { return true }
    switch properties.generalCategory {
    // Ideographs and kana are wide everywhere; these by custom, or because they can be emoji.
    case .otherSymbol, .otherNumber: return columns == 2
    default: return columns == 2 && properties.isEmoji
    }
  }

  /// The C library's `wcwidth`, which the Glibc module does not show, in the locale C.UTF-8.
  private func columnsByLibrary() throws -> (UInt32) -> Int {
    let locale = try #require(newlocale(LC_CTYPE_MASK, "C.UTF-8", nil))
    let symbol = try #require(dlsym(nil, "wcwidth"))
    let function = unsafeBitCast(symbol, to: (@convention(c) (wchar_t) -> Int32).self)
    return { value in
      let before = uselocale(locale)
      defer { uselocale(before) }
      return Int(function(wchar_t(value)))
    }
  }
}
