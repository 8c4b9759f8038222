import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let owners = [
  AssignForm.Owner(name: "ben@partner.example", count: 2), AssignForm.Owner(name: "cid@partner.example", count: 5),
  AssignForm.Owner(name: "Anna@partner.example", count: 1), AssignForm.Owner(name: "no name", count: 9),
  AssignForm.Owner(name: "e\u{202E}vil@x.example", count: 9),
]

private func keys(_ text: String) -> [Key] { text.map { .character($0) } }

private func form(owner: String?, me: String? = "anna@partner.example", _ keys: [Key] = []) -> AssignForm {
  let incident = IncidentSummary.sample(1, 2184, "Ransomware", .high, owner: owner)
  var form = AssignForm(FormSubject(incident, tenantName: "Contoso Ltd"), operatorUPN: me, owners: owners)
  for key in keys { _ = form.form.take(key, width: 80, height: 20) }
  return form
}

@Suite("Assigning an incident")
struct AssignFormTests {
  private func labels(_ form: AssignForm) -> [String] {
    guard case .choiceOrText(let input) = form.form.fields[0].input else { return [] }
    return input.choices.map(\.label.text)
  }

  @Test("Offered are me, those seen here, most incidents first, and nobody; never who has it, nor what no UPN can be")
  func choices() {
    #expect(labels(form(owner: nil)) == ["me", "cid@partner.example", "ben@partner.example"])
    #expect(labels(form(owner: "")) == ["me", "cid@partner.example", "ben@partner.example"])
    #expect(labels(form(owner: "CID@partner.example")) == ["me", "ben@partner.example", "nobody"])
    #expect(labels(form(owner: "anna@partner.example")) == ["cid@partner.example", "ben@partner.example", "nobody"])
    #expect(
      labels(form(owner: nil, me: nil)) == ["cid@partner.example", "ben@partner.example", "Anna@partner.example"])
  }

  @Test(
    "The last line says exactly what is sent and where",
    arguments: [
      (nil, [], "PATCH incident #2184 in Contoso Ltd: assignedTo = anna@partner.example"),
      (
        "ben@partner.example", [],
        "PATCH incident #2184 in Contoso Ltd: assignedTo = anna@partner.example, takes it over from ben@partner.example"
      ),
      ("ANNA@partner.example", [], "PATCH incident #2184 in Contoso Ltd: assignedTo = cid@partner.example"),
      (
        "ben@partner.example", [.down, .down],
        "PATCH incident #2184 in Contoso Ltd: assignedTo = null (nobody), takes it over from ben@partner.example"
      ),
      (nil, keys("dora@partner.example "), "PATCH incident #2184 in Contoso Ltd: assignedTo = dora@partner.example"),
    ] as [(String?, [Key], String)])
  func sentence(owner: String?, keys: [Key], words: String) {
    #expect(form(owner: owner, keys).sentence == .sends(SafeText(words)))
  }

  @Test(
    "What cannot be sent is said, and Enter says it at the field",
    arguments: [
      (nil, [.down, .down, .down], "Write a UPN like ben@partner.example, or choose somebody."),
      (nil, keys("dora"), "“dora” is no UPN: write one like ben@partner.example."),
      (nil, keys("a@b."), "“a@b.” is no UPN: write one like ben@partner.example."),
      (nil, keys("a[31m@x.y"), "“a[31m@x.y” is no UPN: write one like ben@partner.example."),
      (nil, keys("a\u{FFFD}@x.y"), "“a\u{FFFD}@x.y” is no UPN: write one like ben@partner.example."),
      (nil, keys("a@b@c"), "“a@b@c” is no UPN: write one like ben@partner.example."),
      (nil, keys("a b@c"), "“a b@c” is no UPN: write one like ben@partner.example."),
      (nil, [.paste("a\u{200B}@b.example")], "“a<200B>@b.example” holds what cannot be seen: type it anew."),
      ("ben@partner.example", keys("BEN@partner.example"), "It is ben's already."),
    ] as [(String?, [Key], String)])
  func lacks(owner: String?, keys: [Key], words: String) {
    var form = form(owner: owner, keys)
    #expect(form.sentence == .lacks(SafeText(words)))
    #expect(form.send() == nil)
    #expect(form.form.fields[0].error == SafeText(words))
  }

  @Test("What is sent is the assignment alone")
  func sends() {
    var mine = form(owner: nil)
    #expect(mine.send() == .update(IncidentUpdate(assignment: .to("anna@partner.example"))))
    var nobodys = form(owner: "ben@partner.example", [.down, .down])
    #expect(nobodys.send() == .update(IncidentUpdate(assignment: .nobody)))
  }

  @Test("Who got it meanwhile is told before anything is sent, and counts as seen")
  func changed() {
    var form = form(owner: nil, [.down])
    let other = IncidentSummary.sample(1, 2184, "Ransomware", .high, owner: "dora@partner.example")
    let shared = ConsoleState.loaded().shared
    #expect(form.take(.sample(1, 2185, "Other", owner: "x@y.example"), in: shared) == nil)
    #expect(form.take(other, in: shared) == "Meanwhile it was given to dora: look at what is sent now.")
    #expect(form.take(other, in: shared) == nil)
    #expect(
      form.sentence
        == .sends(
          "PATCH incident #2184 in Contoso Ltd: assignedTo = cid@partner.example, takes it over from dora@partner.example"
        ))
    #expect(form.send() == nil, "the first Enter may have been on its way already")
    #expect(
      form.send() == .update(IncidentUpdate(assignment: .to("cid@partner.example"))) && form.subject.incident == other)
  }
}
