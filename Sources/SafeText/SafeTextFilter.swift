/// Takes scalars from outside one by one and keeps what may be shown.
struct SafeTextFilter {
  private var output = String.UnicodeScalarView()
  private var columns = 0
  /// Whether a mark that comes now has a character of its own to sit on.
  private var hasBase = false
  private var marks = 0
  private var droppedMarks = 0

  mutating func add(_ scalar: Unicode.Scalar) {
    let character = ScalarClass(scalar)
    if character.isMark {
      addMark(scalar)
      return
    }
    settleMarks()
    if character.isHidden {
      addToken(String(scalar.value, radix: 16, uppercase: true), minimumDigits: scalar.value < 0x100 ? 2 : 4)
    } else {
      output.append(scalar)
      columns += character.width
      hasBase = true
    }
  }

  mutating func finish() -> SafeText {
    settleMarks()
    return SafeText(checked: String(output), columns: columns)
  }

  private mutating func addMark(_ scalar: Unicode.Scalar) {
    if !hasBase {
      output.append("\u{25CC}")
      columns += 1
      hasBase = true
    }
    if marks < SafeText.maximumMarks {
      output.append(scalar)
      marks += 1
    } else {
      droppedMarks += 1
    }
  }

  private mutating func settleMarks() {
    if droppedMarks > 0 { addToken("+\(droppedMarks)", minimumDigits: 0) }
    marks = 0
    droppedMarks = 0
  }

  private mutating func addToken(_ name: String, minimumDigits: Int) {
    let zeros = max(minimumDigits - name.utf8.count, 0)
    output.append("<")
    output.append(contentsOf: repeatElement("0", count: zeros))
    output.append(contentsOf: name.unicodeScalars)
    output.append(">")
    columns += 2 + zeros + name.utf8.count
    hasBase = false
  }
}
