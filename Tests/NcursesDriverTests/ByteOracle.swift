import SafeText

/// What a terminal would be told by these bytes, beyond harmless text: empty if every sequence is one that ncurses
/// needs for painting and every scalar may be shown.
func offences(in bytes: [UInt8]) -> [String] {
  let allowed = try? Regex(
    #"\x1B\[[0-9;]*[A-HJ-MPSTXZ@`bdfmr]|\x1B\[\?(1|7|12|25|1049|2004)(;(25|1049))*[hl]|\x1B\[22;0;0t|\x1B\[23;0;0t|\x1B\[[48][hl]|\x1B[78=>M]|\x1B\([B0]|[\x08\x0D\x0A\x0F]"#
  ).matchingSemantics(.unicodeScalar)
  guard let allowed, let text = String(validating: bytes, as: UTF8.self) else { return ["not UTF-8"] }
  var offences: [String] = []
  for scalar in text.replacing(allowed, with: "").unicodeScalars where SafeText(String(scalar)).text.first == "<" {
    if scalar != "<" { offences.append(String(scalar.value, radix: 16)) }
  }
  return offences
}
