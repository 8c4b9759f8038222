extension IncidentStatus {
  /// Whether nothing is being done about an incident yet; what is open by a word that is not known here counts so, because
  /// it may be.
  package var waitsForSomebody: Bool { self == .active || unrecognisedWire != nil && isOpen }
}

extension IncidentSummary {
  package var hasOwner: Bool { !(assignedTo ?? "").isEmpty }

  /// Whether nobody has it and nothing is being done about it: such incidents come first.
  package var waitsForSomebody: Bool { status.waitsForSomebody && !hasOwner }
}
