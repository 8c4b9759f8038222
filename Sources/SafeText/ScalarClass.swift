/// What the table says about a scalar: its width, and whether it may be shown.
struct ScalarClass {
  private let bits: UInt8

  init(_ scalar: Unicode.Scalar) {
    let value = scalar.value
    if value &- 0x20 <= 0x5E {
      bits = 1
      return
    }
    var low = 0
    var high = scalarClassTable.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if scalarClassTable[middle] >> 3 <= value { low = middle } else { high = middle }
    }
    bits = UInt8(scalarClassTable[low] & 7)
  }

  /// As `wcwidth` has it: 0, 1 or 2, and -1 for what is not printable.
  var width: Int { bits & 3 == 3 ? -1 : Int(bits & 3) }
  /// Controls, formats, private-use, unassigned and default-ignorable scalars: shown as a token.
  var isHidden: Bool { bits & 4 != 0 }
  /// Sits on the character before it.
  var isMark: Bool { bits == 0 }
}

/// Terminal columns of one scalar: 0, 1 or 2, and -1 for what is not printable; equal to `wcwidth` in a UTF-8 locale.
package func displayWidth(of scalar: Unicode.Scalar) -> Int { ScalarClass(scalar).width }
