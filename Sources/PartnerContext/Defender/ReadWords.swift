import CSimdjson
import PartnerModel

/// The words of the items that one reader reads, with what was made of them: each is made but once.
struct ReadWords {
  private var texts = WordValues<String>()
  private var lists = WordValues<[String]>()
  private var evidenceTypes = WordValues<String>()
  private var tenants = WordValues<Bool>()
  private var severities = WordValues<Severity>()
  private var incidentStatuses = WordValues<IncidentStatus>()
  private var alertStatuses = WordValues<AlertStatus>()
  private var classifications = WordValues<Classification>()
  private var determinations = WordValues<Determination>()
  private var verdicts = WordValues<EvidenceVerdict>()

  mutating func text(_ step: CSimdjsonStep) -> String { texts.value(step) { $0.text } }

  /// A list of this text alone.
  mutating func list(_ step: CSimdjsonStep) -> [String] {
    let text = text(step)
    return lists.value(step) { _ in [text] }
  }

  mutating func evidenceType(_ step: CSimdjsonStep) -> String {
    evidenceTypes.value(step) { step in
      let prefix = "#microsoft.graph.security."
      let text = step.text
      return text.hasPrefix(prefix) ? String(text.utf8.dropFirst(prefix.utf8.count)) ?? text : text
    }
  }

  /// Whether a `tenantId` names `tenant`, always the same for one reader; an empty one names none.
  mutating func isOfTenant(_ step: CSimdjsonStep, _ tenant: TenantID) -> Bool {
    tenants.value(step) { step in step.length == 0 || TenantID(step.text) == tenant }
  }

  mutating func severity(_ step: CSimdjsonStep) -> Severity { severities.value(step) { Severity(wire: $0.text) } }
  mutating func incidentStatus(_ step: CSimdjsonStep) -> IncidentStatus {
    incidentStatuses.value(step) { IncidentStatus(wire: $0.text) }
  }
  mutating func alertStatus(_ step: CSimdjsonStep) -> AlertStatus {
    alertStatuses.value(step) { AlertStatus(wire: $0.text) }
  }
  mutating func classification(_ step: CSimdjsonStep) -> Classification {
    classifications.value(step) { Classification(wire: $0.text) }
  }
  mutating func determination(_ step: CSimdjsonStep) -> Determination {
    determinations.value(step) { Determination(wire: $0.text) }
  }
  mutating func verdict(_ step: CSimdjsonStep) -> EvidenceVerdict {
    verdicts.value(step) { EvidenceVerdict(wire: $0.text) }
  }
}

/// What was made of words, by their numbers.
private struct WordValues<Value> {
  private var values: [Value?] = []

  mutating func value(_ step: CSimdjsonStep, _ make: (CSimdjsonStep) -> Value) -> Value {
    guard let number = Int(exactly: step.number), number >= 0 else { return make(step) }
    if number < values.count {
      if let known = values[number] { return known }
    } else {
      values += repeatElement(nil, count: number + 1 - values.count)
    }
    let value = make(step)
    values[number] = value
    return value
  }
}

extension CSimdjsonStep {
  /// The text, which is known to be UTF-8 and is not looked through again.
  fileprivate var text: String {
    let bytes = UnsafeBufferPointer(start: bytes, count: length)
    if #available(macOS 26, *) {
      return String(copying: UTF8Span(unchecked: bytes.span, isKnownASCII: isASCII != 0))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
