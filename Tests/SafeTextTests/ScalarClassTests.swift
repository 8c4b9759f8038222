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
      }
      if bits != last { entries.append(value << 3 | bits) }
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
