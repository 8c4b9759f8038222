import PartnerModel
import SafeText
import TerminalKit

/// The tags of an incident: which stay, which go, which come.
struct TagsForm: WriteForm {
  static let name: ScreenName = "tags"
  /// Ours are added to, and taken from, those that it has then: nobody's are lost.
  static let watched: [IncidentField] = []
  let verb: SafeText = "tags of"

  var subject: FormSubject
  var form: Form

  private static let suggested = 12

  init?(_ command: Command, for subject: FormSubject, in state: SharedState) {
    guard command == .tag, subject.alert == nil else { return nil }
    self.init(subject, in: state)
  }

  init?(again action: IncidentAction, for subject: FormSubject, in state: SharedState) {
    guard case .update(let update) = action, update.changesTags,
      update == IncidentUpdate(addedTags: update.addedTags, removedTags: update.removedTags)
    else { return nil }
    self.init(subject, in: state)
    change { tags in
      update.addedTags.forEach { tags.add($0) }
      update.removedTags.forEach { tags.remove($0) }
    }
  }

  private init(_ subject: FormSubject, in state: SharedState) {
    self.subject = subject
    let seen = state.queue.tags(in: subject.key.tenant)
    let others = seen.filter { !subject.incident.tags.contains($0.key) && TagsInput.mistake(in: $0.key) == nil }
    let offered = others.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.suggested)
    var rows = subject.incident.tags.map { TagsInput.Row(tag: $0, wasOn: true, isOn: true) }
    rows += offered.map { tag in
      let note: SafeText = tag.value == 0 ? "of other tenants" : "on \(counted(tag.value, "incident")) here"
      return TagsInput.Row(tag: tag.key, wasOn: false, isOn: false, note: note)
    }
    form = Form([FormField("Tags", .tags(TagsInput(rows)))])
  }

  private var tags: TagsInput? { if case .tags(let tags) = form.fields[0].input { tags } else { nil } }

  private mutating func change(_ change: (inout TagsInput) -> Void) {
    guard var tags else { return }
    change(&tags)
    form.replace(0, .tags(tags))
  }

  mutating func take(_ incident: IncidentSummary, in state: SharedState) -> SafeText? {
    guard incident.key == subject.key else { return nil }
    _ = subject.take(incident, watching: [])
    change { $0.take(incident.tags) }
    return nil
  }

  var outcome: Result<IncidentAction, FormRefusal> {
    guard var tags else { return .failure(FormRefusal(words: "")) }
    // What is typed counts, whether Enter took it or not.
    let text = tags.text.trimmed
    if !text.isEmpty {
      if let mistake = TagsInput.mistake(in: text) { return .failure(FormRefusal(words: mistake)) }
      tags.typed.forEach { tags.add($0) }
    }
    if tags.added.isEmpty, tags.removed.isEmpty {
      return .failure(
        FormRefusal(words: "Type new tags, with commas between, or take one on or off with the arrows and Space."))
    }
    return .success(.update(IncidentUpdate(addedTags: tags.added, removedTags: tags.removed)))
  }

  func words(for action: IncidentAction) -> SafeText {
    guard let update = action.update else { return requestWords(of: action, on: subject) }
    var parts: [SafeText] = []
    if !update.addedTags.isEmpty {
      parts.append("adds " + update.addedTags.map { SafeText($0) }.joined(separator: ", "))
    }
    if !update.removedTags.isEmpty {
      parts.append("takes off " + update.removedTags.map { SafeText($0) }.joined(separator: ", "))
    }
    return requestWords(of: action, on: subject) + ": " + parts.joined(separator: ", ")
      + "; others that it has then stay"
  }
}
