/// What Microsoft's own pages spell in two ways: some still print names of before. Either is read; today's is sent.
///
/// Source: Microsoft Graph v1.0, the metadata beside the pages of incident, alert, alertComment and alertDetermination.
public enum GraphSpelling {
  public enum Place: Hashable, Sendable { case determination, comment, incident }

  /// One name in two spellings.
  public struct Row: Hashable, Sendable {
    public var place: Place
    public var earlier: String
    public var today: String
  }

  public static let table: [Row] = [
    Row(place: .determination, earlier: "compromisedUser", today: "compromisedAccount"),
    Row(place: .determination, earlier: "clean", today: "notMalicious"),
    Row(place: .determination, earlier: "insufficientData", today: "notEnoughDataToValidate"),
    Row(place: .determination, earlier: "confirmedUserActivity", today: "confirmedActivity"),
    Row(place: .comment, earlier: "createdBy", today: "createdByDisplayName"),
    Row(place: .comment, earlier: "createdTime", today: "createdDateTime"),
    Row(place: .incident, earlier: "tags", today: "customTags"),
  ]

  /// Today's spelling of a word.
  /// - Parameter earlier: in any casing.
  static func today(of earlier: String, in place: Place) -> String? {
    let folded = earlier.lowercased()
    return table.first { $0.place == place && $0.earlier.lowercased() == folded }?.today
  }
}
