import PartnerModel
import SafeText
import TerminalKit

/// The steps of one undo that take alerts back: of each alert the last attempt.
struct UndoSteps: Hashable, Sendable {
  private var attempts: [String: IncidentWrite] = [:]

  /// Takes in a step, or where one stands now.
  mutating func take(_ write: IncidentWrite) {
    guard case .updateAlert(let alert, _) = write.action else { return }
    if let known = attempts[alert], known.intendedAt > write.intendedAt { return }
    attempts[alert] = write
  }

  /// By the write that is undone; one that takes back a single alert is told as it is.
  /// - Parameter writes: the newest first.
  static func of(_ writes: [IncidentWrite]) -> [WriteID: UndoSteps] {
    var undos: [WriteID: UndoSteps] = [:]
    for write in writes.reversed() where write.isUndoStep {
      if let undone = write.undoes { undos[undone, default: UndoSteps()].take(write) }
    }
    return undos.filter { $0.value.count > 1 }
  }

  var count: Int { attempts.count }
  var made: Int { count { $0 == .confirmed } }
  private var failed: Int { count { $0 == .failed } }
  private var unknown: Int { count { $0 == .unknown } }
  private var pending: Int { count - made - failed - unknown }
  private func count(_ fits: (WriteState) -> Bool) -> Int { attempts.values.count { fits($0.state) } }

  /// What it stopped at: the steps behind that one were not sent because of it.
  private var problem: Problem? {
    let failed = attempts.values.filter { $0.state == .failed }
    let first = failed.filter { $0.problem?.cause != "notSent" }.min { $0.id.rawValue < $1.id.rawValue }
    return (first ?? failed.first)?.problem
  }

  // MARK: Words

  var what: SafeText { "undo: \(counted(count, "alert"))" }
  var result: SafeText { made == count ? "confirmed" : "\(made) of \(count) made" }
  var mark: WriteMark? {
    if unknown > 0 { return .unknown }
    if pending > 0 { return .pending }
    return failed > 0 ? .refused : nil
  }
  var style: Style { mark?.style ?? Theme.quiet }

  /// How far it is, in a sentence.
  /// - Parameter key: what does the rest.
  func words(key: SafeText) -> SafeText {
    var parts: [SafeText] = ["\(made) of \(counted(count, "alert")) opened again"]
    if unknown > 0 { parts.append("\(unknown) with an outcome not known yet, which reading them again settles") }
    if pending > 0 { parts.append("\(pending) on the way") }
    if failed > 0, pending == 0 { parts.append("\(key) does the rest") }
    return parts.joined(separator: ", ") + (problem.map { " (not made: \(reason($0)))" } ?? .empty)
  }

  /// The same, each with its label.
  var lines: [(label: SafeText, value: SafeText)] {
    var lines: [(label: SafeText, value: SafeText)] = [("result", words(key: "u here"))]
    if let problem {
      if let message = problem.message { lines.append(("it said", SafeText(beginningOf: message))) }
      lines.append(("next", SafeText(beginningOf: problem.nextAction)))
    }
    return lines
  }
}

extension IncidentWrite {
  /// Whether it takes an alert back as a part of an undo.
  var isUndoStep: Bool {
    if case .updateAlert = action { undoes != nil } else { false }
  }
}
