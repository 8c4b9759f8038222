/// Whether terminals agree on how many columns a scalar takes: those whose letters and signs are old and plain.
///
/// On others they differ. Vowel signs of the scripts of India and South-East Asia take a column in most and none in some;
/// newer signs are as wide as the terminal's tables are old.
package func terminalsAgree(onWidthOf scalar: Unicode.Scalar) -> Bool {
  let value = scalar.value
  if value < 0x590 { return true }
  var low = 0
  var high = agreedRanges.count
  while high - low > 1 {
    let middle = (low + high) / 2
    if agreedRanges[middle].lowerBound <= value { low = middle } else { high = middle }
  }
  return agreedRanges[low].contains(value)
}

private let agreedRanges: [ClosedRange<UInt32>] = [
  // Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic
  0x20...0x6FF, 0x1E00...0x1FFF,
  // Punctuation, currencies, arrows, mathematics, boxes; of the dingbats those of our own
  0x2010...0x205E, 0x20A0...0x20BF, 0x2100...0x214F, 0x2190...0x22FF, 0x2500...0x25FC, 0x2713...0x2716, 0x27F3...0x27F3,
  // Chinese, Japanese, Korean
  0x3000...0x3029, 0x3030...0x303E, 0x3041...0x3096, 0x309B...0x30FF, 0x3105...0x312F, 0x3400...0x4DBF,
  0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFF01...0xFFEE, 0xFFFD...0xFFFD, 0x20000...0x3FFFD,
]
