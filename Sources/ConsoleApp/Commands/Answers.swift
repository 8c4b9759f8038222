import ArgumentParser

/// Who answered the question, and the exit status that says so.
struct Answers {
  private let answered: Int
  private let asked: Int
  /// Whether the question is answered where nobody was to be asked.
  private let isEmptyAnswered: Bool

  /// - Parameters:
  ///   - answers: one for each tenant; `nil` for one that does not count.
  ///   - isEmptyAnswered: for a command that only shows what the configuration says of tenants that do not count.
  init(_ answers: [Bool?], isEmptyAnswered: Bool = false) {
    asked = answers.count { $0 != nil }
    answered = answers.count { $0 == true }
    self.isEmptyAnswered = isEmptyAnswered
  }

  var status: ExitStatus {
    if asked == 0 { return isEmptyAnswered ? .ok : .nothingDone }
    if answered == asked { return .ok }
    return answered == 0 ? .nothingDone : .someTenantsFailed
  }

  func end(hasDrifted: Bool = false) throws {
    let status = status == .ok && hasDrifted ? .someTenantsFailed : status
    if status != .ok { throw ExitCode(status.rawValue) }
  }
}
