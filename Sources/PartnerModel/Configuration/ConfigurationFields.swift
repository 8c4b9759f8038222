/// The fields of one object in a configuration, with the path that mistakes name.
struct ConfigurationFields {
  var node: JSONNode
  var path: String

  var isObject: Bool { node.members != nil }

  private func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// Reports keys that look like one of these and are none of them. Others are kept: a newer release may know them.
  func checkKeys(_ known: [String], _ reader: inout ConfigurationReader) {
    for member in node.members ?? [] where !known.contains(member.key) {
      guard let meant = known.first(where: { isMisspelling(member.key, of: $0) }), node[meant] == nil else { continue }
      reader.report(
        JSONNode(.null, at: member.keyPosition), full(member.key), "is not known.",
        "Write \"\(meant)\", if you meant that.")
    }
  }

  func required(_ key: String, _ reader: inout ConfigurationReader) -> JSONNode? {
    guard let value = node[key], !value.isNull else {
      reader.report(node, full(key), "is missing.", "Add \"\(key)\".")
      return nil
    }
    return value
  }

  /// The object under `key`; `nil` where nothing stands, or where something else does, which is told.
  func object(_ key: String, _ reader: inout ConfigurationReader) -> ConfigurationFields? {
    guard let value = node[key], !value.isNull else { return nil }
    let fields = ConfigurationFields(node: value, path: full(key))
    guard fields.isObject else {
      reader.report(value, full(key), "must be an object.", "Write { … }.")
      return nil
    }
    return fields
  }

  func text(_ key: String, _ reader: inout ConfigurationReader) -> String? {
    guard let value = node[key], !value.isNull else { return nil }
    guard let text = value.string else {
      reader.report(value, full(key), "must be text.", "Put it in quotes.")
      return nil
    }
    return text
  }

  func texts(_ key: String, _ reader: inout ConfigurationReader) -> [String]? {
    guard let value = node[key], !value.isNull else { return nil }
    let texts = value.array?.map(\.string) ?? [nil]
    guard !texts.contains(nil) else {
      reader.report(value, full(key), "must be a list of texts.", "Write [ \"…\" ].")
      return nil
    }
    return texts.compactMap(\.self)
  }

  func flag(_ key: String, _ reader: inout ConfigurationReader) -> Bool? {
    guard let value = node[key], !value.isNull else { return nil }
    guard let flag = value.bool else {
      reader.report(value, full(key), "must be true or false.", "Write it without quotes.")
      return nil
    }
    return flag
  }

  /// Seconds of an ISO 8601 duration within `range`.
  func duration(
    _ key: String, in range: ClosedRange<Double>, _ reader: inout ConfigurationReader
  ) -> Double? {
    guard let value = node[key], !value.isNull else { return nil }
    guard let text = value.string, let seconds = ISODuration.seconds(text) else {
      reader.report(value, full(key), "is not a duration.", "Write it like PT30S, PT5M, PT4H or P30D.")
      return nil
    }
    guard range.contains(seconds) else {
      reader.report(
        value, full(key), "is out of range.",
        "Use \(ISODuration.text(range.lowerBound)) to \(ISODuration.text(range.upperBound)).")
      return nil
    }
    return seconds
  }

  func guid(_ key: String, _ reader: inout ConfigurationReader) -> TenantID? {
    guard let value = required(key, &reader) else { return nil }
    guard let text = value.string, let id = TenantID(text) else {
      reader.report(
        value, full(key), "is not a GUID.", "Write it like 11111111-2222-3333-4444-555555555555.")
      return nil
    }
    return id
  }
}

/// ISO 8601 durations of days, hours, minutes and seconds.
public enum ISODuration {
  /// Reads `P30D`, `PT1H30M`, `P1DT12H`; `nil` for anything else, years and months included.
  public static func seconds(_ text: String) -> Double? {
    guard text.first == "P", text.utf8.count <= 32 else { return nil }
    var total = 0.0
    var number = ""
    var isTime = false
    var parts = 0
    var last = Double.infinity
    for character in text.dropFirst() {
      switch character {
      case "0"..."9", ".": number.append(character)
      case "T" where !isTime && number.isEmpty: isTime = true
      default:
        // Each unit stands once, the larger before the smaller.
        guard let value = Double(number), let unit = unit(character, isTime: isTime), unit < last else { return nil }
        total += value * unit
        number = ""
        last = unit
        parts += 1
      }
    }
    return number.isEmpty && parts > 0 && text.last != "T" ? total : nil
  }

  private static func unit(_ character: Character, isTime: Bool) -> Double? {
    switch (character, isTime) {
    case ("W", false): 604_800
    case ("D", false): 86_400
    case ("H", true): 3600
    case ("M", true): 60
    case ("S", true): 1
    default: nil
    }
  }

  static func text(_ seconds: Double) -> String {
    if seconds >= 86_400 { return "P\(Int(seconds / 86_400))D" }
    if seconds >= 3600 { return "PT\(Int(seconds / 3600))H" }
    return seconds >= 60 ? "PT\(Int(seconds / 60))M" : "PT\(Int(seconds))S"
  }
}
