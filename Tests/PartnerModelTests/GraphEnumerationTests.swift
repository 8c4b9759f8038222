import PartnerModel
import Testing

@Suite("Graph's evolvable enumerations")
struct GraphEnumerationTests {
  private func check<Value: GraphEnumeration>(_ type: Value.Type) {
    for member in Value.members {
      #expect(Value(wire: member.wire) == member.value)
      #expect(Value(wire: member.wire.uppercased()) == member.value)
      #expect(Value(wire: member.wire.lowercased()) == member.value)
      #expect(member.value.wire == member.wire)
      #expect(member.value.description == member.wire)
      #expect(member.value.unrecognisedWire == nil)
    }
    #expect(Set(Value.members.map(\.wire)).count == Value.members.count)
    #expect(Set(Value.members.map(\.value)).count == Value.members.count)
    let strangers = [
      "unknownFutureValue", "", " high", "hıgh", "ACTİVE", "\u{1B}[2J", String(repeating: "x", count: 4096),
    ]
    for stranger in strangers where !Value.members.contains(where: { $0.wire == stranger }) {
      let value = Value(wire: stranger)
      #expect(value.unrecognisedWire == stranger)
      #expect(value.wire == stranger)
      #expect(value.description == stranger)
    }
  }

  @Test("F49, H43: a member in any casing is known, and an unknown word is kept as it came")
  func everyEnumeration() {
    check(Severity.self)
    check(IncidentStatus.self)
    check(AlertStatus.self)
    check(Classification.self)
    check(Determination.self)
    check(EvidenceVerdict.self)
  }

  @Test("Severities come from high down, a new word after high, what the service does not know last")
  func ranks() {
    let inOrder: [Severity] = [.high, .medium, .low, .informational, .unknown]
    #expect(inOrder.map(\.order) == [0, 2, 3, 4, 5])
    #expect(Severity(wire: "catastrophic").order == 1)
  }

  @Test(
    "Open is what is neither resolved nor redirected; an unknown word is open",
    arguments: [
      ("active", true), ("inProgress", true), ("awaitingAction", true), ("resolved", false), ("redirected", false),
      ("RESOLVED", false), ("somethingNew", true),
    ])
  func open(wire: String, isOpen: Bool) {
    #expect(IncidentStatus(wire: wire).isOpen == isOpen)
  }
}
