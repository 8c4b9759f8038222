import PartnerModel

extension JSONNode {
  /// The same with every time in it cut to whole seconds, in `Z`; a text that only looks like a time stays.
  var timesCutToSeconds: JSONNode {
    switch value {
    case .array(let items): return JSONNode(.array(items.map(\.timesCutToSeconds)), at: position)
    case .object(let members):
      return JSONNode(
        .object(
          members.map { member in
            let cut = Self.isTime(member.key) ? member.value.cutToSeconds : nil
            return Member(
              key: member.key, keyPosition: member.keyPosition, value: cut ?? member.value.timesCutToSeconds)
          }), at: position)
    case .null, .bool, .number, .string: return self
    }
  }

  /// `nil` for what is no time.
  private var cutToSeconds: JSONNode? {
    guard let time = string.flatMap({ Timestamp($0) }) else { return nil }
    let whole = time.ticks - (time.ticks % 10_000_000 + 10_000_000) % 10_000_000
    return JSONNode(.string(Timestamp(ticks: whole).description), at: position)
  }

  /// Our own keys, and Graph's, which end alike in every kind of evidence.
  private static func isTime(_ key: String) -> Bool {
    key.hasSuffix("At") || key.hasSuffix("DateTime")
      || ["at", "lastSuccess", "acknowledgeBy", "resolveBy"].contains(key)
  }
}
