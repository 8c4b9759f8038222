/// The comments that a POST adds: one alone, or several in an array, which is what Microsoft's own clients send.
struct CommentBody {
  let texts: [String]

  /// - Throws: 400 unless every one is an `alertComment` with a text that is not empty.
  init(_ request: LabRequest) throws {
    let value = request.contentType == "application/json" ? JsonValue.parse(request.body) : nil
    let items = value?.items ?? value.map { [$0] } ?? []
    let texts = items.compactMap(Self.text)
    guard !texts.isEmpty, texts.count == items.count else {
      throw GraphRefusal.badRequest("The comment is not valid.")
    }
    self.texts = texts
  }

  private static func text(_ value: JsonValue) -> String? {
    guard let members = value.members,
      members["@odata.type"].map({ $0.text?.hasSuffix("microsoft.graph.security.alertComment") ?? false }) ?? true,
      let text = members["comment"]?.text, !text.isEmpty,
      members.keys.allSatisfy({ $0 == "comment" || $0.contains("@") })
    else { return nil }
    return text
  }
}
