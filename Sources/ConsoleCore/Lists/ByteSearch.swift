extension UnsafeBufferPointer<UInt8> {
  /// Where the bytes of `word` stand first at or after `start`; `nil` where they do not.
  ///
  /// Eight places are looked at in one step, thirty-two while none of them may fit: those where both the first and the
  /// last byte may fit are compared whole.
  func firstPlace(of word: Self, from start: Int) -> Int? {
    guard let text = baseAddress, let wanted = word.baseAddress, word.count > 0 else {
      return start <= count ? start : nil
    }
    let distance = word.count - 1
    let end = count - distance
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops = ones &* 0x80
    let (first, last) = (UInt64(wanted[0]) &* ones, UInt64(wanted[distance]) &* ones)
    let bytes = UnsafeRawPointer(text)
    /// A byte for each of eight places, with its top bit set where both may fit.
    @inline(__always) func places(at place: Int) -> UInt64 {
      let differs =
        (bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self).littleEndian ^ first)
        | (bytes.loadUnaligned(fromByteOffset: place &+ distance, as: UInt64.self).littleEndian ^ last)
      // A byte of zero becomes one with its top bit set; above one of them others can, so each is compared whole.
      return (differs &- ones) & ~differs
    }
    var place = start
    while place &+ 8 <= end {
      while place &+ 32 <= end {
        let any = places(at: place) | places(at: place &+ 8) | places(at: place &+ 16) | places(at: place &+ 24)
        if any & tops != 0 { break }
        place &+= 32
      }
      if place &+ 8 > end { break }
      var hits = places(at: place) & tops
      while hits != 0 {
        let found = place &+ hits.trailingZeroBitCount / 8
        if isEqual(text + found, wanted, word.count) { return found }
        hits &= hits &- 1
      }
      place &+= 8
    }
    while place < end {
      if isEqual(text + place, wanted, word.count) { return place }
      place &+= 1
    }
    return nil
  }
}

/// Whether `count` bytes are the same at both.
@inline(__always)
private func isEqual(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  var index = 0
  while index < count, left[index] == right[index] { index &+= 1 }
  return index >= count
}
