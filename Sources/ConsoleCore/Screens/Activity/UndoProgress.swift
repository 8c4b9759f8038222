import PartnerModel
import SafeText

/// How far a write was taken back.
enum UndoProgress: Hashable, Sendable {
  /// Some of what it did is as it was before, and the rest can still be.
  case part
  case whole

  var words: SafeText {
    switch self {
    case .part: "undone in part"
    case .whole: "undone"
    }
  }

  /// What of a write is taken back by itself.
  private struct Part: Hashable {
    var key: IncidentKey
    /// `nil` for the incident.
    var alert: String?
  }

  /// - Parameter writes: the newest first; the last attempt at each part counts.
  static func of(_ writes: [IncidentWrite]) -> [WriteID: UndoProgress] {
    var parts: [WriteID: [Part: Bool]] = [:]
    for write in writes {
      guard let undone = write.undoes else { continue }
      var part = Part(key: write.key)
      if case .updateAlert(let alert, _) = write.action { part.alert = alert }
      let isKnown = parts[undone]?[part] != nil
      if !isKnown { parts[undone, default: [:]][part] = write.state == .confirmed }
    }
    return parts.compactMapValues { parts in
      if parts.values.allSatisfy(\.self) { return .whole }
      return parts.values.contains(true) ? .part : nil
    }
  }
}
