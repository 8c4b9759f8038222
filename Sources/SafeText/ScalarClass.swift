/// What the table says about a scalar: its width, whether terminals agree on that, and whether it may be shown.
package struct ScalarClass {
  private let bits: UInt8

  package init(_ scalar: Unicode.Scalar) {
    let value = scalar.value
    if value &- 0x20 <= 0x5E {
      bits = 1
      return
    }
    var low = 0
    var high = scalarClassTable.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if scalarClassTable[middle] >> 4 <= value { low = middle } else { high = middle }
    }
    bits = UInt8(scalarClassTable[low] & 15)
  }

  /// As `wcwidth` has it: 0, 1 or 2, and -1 for what is not printable.
  package var width: Int { bits & 3 == 3 ? -1 : Int(bits & 3) }
  /// Controls, formats, private-use, unassigned and default-ignorable scalars: shown as a token.
  var isHidden: Bool { bits & 4 != 0 }
  /// Sits on the character before it.
  var isMark: Bool { bits & 7 == 0 }
  /// Terminals differ in how many columns they give it, so what stands behind it may be shown elsewhere: vowel signs that
  /// take a column, what joins two letters into one sign, parts of Hangul syllables, emoji, symbols that are wide by custom,
  /// and what is younger than the tables of some terminals.
  package var isContested: Bool { bits & 8 != 0 }
}

/// Terminal columns of one scalar: 0, 1 or 2, and -1 for what is not printable; equal to `wcwidth` in a UTF-8 locale.
package func displayWidth(of scalar: Unicode.Scalar) -> Int { ScalarClass(scalar).width }
