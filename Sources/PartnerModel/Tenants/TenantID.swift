/// A customer's Entra directory, by its GUID; the first part of every key.
///
/// Kept as 128 bits, so that an index of a hundred thousand incidents holds no string for it.
public struct TenantID: Hashable, Sendable, Comparable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  /// Reads a GUID in its 8-4-4-4-12 form, in either case; `nil` for anything else.
  public init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    var digits = 0
    for (position, byte) in bytes.enumerated() {
      if position == 8 || position == 13 || position == 18 || position == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = hexadecimalValue(byte) else { return nil }
      if digits < 16 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
      digits += 1
    }
    high = halves.0
    low = halves.1
  }

  /// A GUID's halves are as good as random already, so that one number tells tenants apart.
  public func hash(into hasher: inout Hasher) { hasher.combine(high ^ (low << 1 | low >> 63)) }

  /// Both halves of the 128 bits, for a store that keeps them so.
  package var halves: (high: UInt64, low: UInt64) { (high, low) }
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The GUID in lower case, as the services print it.
  public var rawValue: String { guidText(high: high, low: low) }

  public var description: String { rawValue }

  public static func < (left: TenantID, right: TenantID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// A GUID of two halves in its 8-4-4-4-12 form, in lower case.
package func guidText(high: UInt64, low: UInt64) -> String {
  String(unsafeUninitializedCapacity: 36) { text in
    var place = 0
    for position in 0..<32 {
      if position == 8 || position == 12 || position == 16 || position == 20 {
        text[place] = UInt8(ascii: "-")
        place += 1
      }
      let half = position < 16 ? high : low
      let digit = UInt8(truncatingIfNeeded: half >> UInt64((15 - position % 16) * 4)) & 0xF
      text[place] = digit < 10 ? 48 + digit : 87 + digit
      place += 1
    }
    return place
  }
}

private func hexadecimalValue(_ byte: UInt8) -> UInt64? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - 48)
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - 87)
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - 55)
  default: nil
  }
}
