import PartnerModel

/// What the service answers to a comment: all comments of the thing, or the new one alone.
///
/// Source: Microsoft Graph v1.0, `POST …/comments`, whose page shows a collection and whose metadata tells one comment.
struct CommentAnswer {
  /// At least one.
  let comments: [IncidentComment]

  /// - Returns: `nil` for what is neither; then nobody knows what became of the comment.
  init?(_ answer: Answer) {
    guard !answer.isWebPage, let node = try? JSONReader.read(utf8: answer.body) else { return nil }
    let items = node["value"]?.array ?? [node]
    let comments = items.compactMap(Self.comment)
    guard !comments.isEmpty, comments.count == items.count else { return nil }
    self.comments = comments
  }

  /// Two spellings of who and when are about.
  private static func comment(_ node: JSONNode) -> IncidentComment? {
    guard let text = node["comment"]?.string else { return nil }
    return IncidentComment(
      text: text, createdBy: (node["createdByDisplayName"] ?? node["createdBy"])?.string,
      createdAt: (node["createdDateTime"] ?? node["createdTime"])?.string.flatMap { Timestamp($0) })
  }
}
