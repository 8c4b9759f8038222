import ConsoleCore
import FoundationEssentials
import PartnerModel
import SafeText

/// How changes of consent are told to programs and to people.
struct ConsentHistoryOutput {
  var names: [TenantID: String]
  var now: Date
  /// Columns of the window; `nil` for a file or a pipe.
  var width: Int?

  func json(_ change: ConsentChange) -> JSONNode {
    .object([
      "id": .string(change.tenant.rawValue),
      "name": .string(names[change.tenant]),
      "at": .moment(change.at),
      "before": .string(change.before?.rawValue),
      "after": .string(change.after.rawValue),
      "gained": .strings(change.gained.map(\.rawValue)),
      "lost": .strings(change.lost.map(\.rawValue)),
      "operator": .string(change.operatorUPN),
      "error": .problem(change.problem),
    ])
  }

  static let csvColumns: [CSV.Column] =
    ["id", "name", "at", "before", "after", "gained", "lost", "operator"] + TenantOutput.problemColumns("error")

  func text(_ changes: [ConsentChange]) -> String {
    var table = TextTable(
      [
        .init("WHEN"), .init("TENANT"), .init("WAS"), .init("IS"), .init("GAINED"), .init("LOST"), .init("SEEN BY"),
      ],
      givingWay: [
        .drop(6), .shrink(1, to: 24), .shrink(4, to: 24), .shrink(5, to: 24), .shrink(1, to: 12), .shrink(4, to: 8),
        .shrink(5, to: 8),
      ])
    for change in changes {
      table.add([
        "\(Timestamp(change.at).description.prefix(19))Z", "\(names[change.tenant] ?? change.tenant.rawValue)",
        .init(change.before?.word ?? "–"), .init(change.after.word), roles(change.gained), roles(change.lost),
        "\(change.operatorUPN ?? "–")",
      ])
    }
    return table.text(width: width)
  }

  private func roles(_ roles: [AppRole]) -> TextTable.Cell {
    roles.isEmpty ? "–" : "\(roles.map(\.rawValue).joined(separator: " "))"
  }
}
