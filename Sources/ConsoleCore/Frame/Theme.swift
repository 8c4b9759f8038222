package import PartnerModel
package import SafeText
import TerminalKit

/// How things look; always from the typed value, never from the painted text.
enum Theme {
  static let quiet = Style(.standard, .dim)
  static let strong = Style(.standard, .bold)
  static let failure = Style(.red, .bold)
  static let warning = Style(.yellow)
  static let good = Style(.green)
  static let accent = Style(.cyan)

  static func style(_ severity: Severity) -> Style {
    switch severity {
    case .high: failure
    case .medium: warning
    case .low: accent
    case .informational: quiet
    case .unknown: .plain
    case .unrecognised: strong
    }
  }

  /// One letter; the beginning of the service's own word where it is not known.
  static func letter(_ severity: Severity) -> SafeText {
    switch severity {
    case .high: "H"
    case .medium: "M"
    case .low: "L"
    case .informational: "I"
    case .unknown: "?"
    case .unrecognised(let wire): SafeText(String(wire.prefix(3)).uppercased())
    }
  }

  static func style(_ consent: ConsentState) -> Style {
    switch consent {
    case .granted: good
    case .partial, .missing, .notGranted, .unlicensed: warning
    case .disabled, .blocked, .tenantNotFound, .appProblem, .credentialProblem: failure
    case .unknown: quiet
    }
  }

  static func glyph(_ consent: ConsentState) -> SafeText {
    switch consent {
    case .granted: "●"
    case .partial: "◐"
    case .missing, .notGranted: "○"
    case .disabled, .blocked, .unlicensed, .tenantNotFound, .appProblem, .credentialProblem: "✖"
    case .unknown: "◌"
    }
  }

  /// - Parameter required: how many app roles the work in the tenant needs.
  static func word(_ consent: ConsentRecord, required: Int) -> SafeText {
    consent.state == .partial ? "-\(consent.missing.count) of \(required)" : consent.state.word
  }

  static func words(_ status: IncidentStatus) -> SafeText {
    switch status {
    case .active: "active"
    case .inProgress: "in progress"
    case .resolved: "resolved"
    case .redirected: "merged"
    case .gone: "gone"
    case .awaitingAction: "waiting"
    case .unrecognised(let wire): SafeText(wire)
    }
  }

  static func style(_ verdict: EvidenceVerdict) -> Style {
    switch verdict {
    case .malicious: failure
    case .suspicious: warning
    case .noThreatsFound: quiet
    case .unknown, .unrecognised: .plain
    }
  }

  static func words(_ verdict: EvidenceVerdict) -> SafeText {
    switch verdict {
    case .malicious: "malicious"
    case .suspicious: "suspicious"
    case .noThreatsFound: "no threat found"
    case .unknown: "?"
    case .unrecognised(let wire): SafeText(wire)
    }
  }
}

extension ConsentState {
  /// The state in a column for people.
  package var word: SafeText {
    switch self {
    case .granted: "granted"
    case .partial: "partial"
    case .missing: "missing"
    case .notGranted: "not granted"
    case .disabled: "disabled"
    case .blocked: "blocked"
    case .unlicensed: "unlicensed"
    case .tenantNotFound: "not found"
    case .appProblem: "app problem"
    case .credentialProblem: "credential"
    case .unknown: "unknown"
    }
  }
}

/// A word of the service's in camel case as people read it: `truePositive` is `true positive`.
package func spelledOut(_ wire: String) -> SafeText {
  var words = ""
  for scalar in wire.unicodeScalars {
    if scalar.properties.isUppercase, !words.isEmpty { words += " " }
    words += scalar.properties.lowercaseMapping
  }
  return SafeText(words)
}
