package import PartnerModel

/// What went wrong with what is kept on disk: where, and what the operator does next.
package enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Neither `XDG_STATE_HOME` nor `HOME` names a place.
  case homeMissing
  /// A folder or file that others could read, change or swap.
  case unsafe(path: String, reason: String, fix: String)
  /// The folder or a file in it cannot be made or opened.
  case unavailable(path: String, reason: String)
  /// Another process owns the state folder; its pid, when it could be read.
  case locked(pid: Int32?)
  /// Another process, whose pid is told where it could be found, has been opening the state folder for longer than we
  /// wait.
  case opening(path: String, pid: Int32?, seconds: Int)
  /// We were asked to end while we waited for another process.
  case cancelled
  /// Written by a newer version of the program; nothing was changed.
  case newerVersion(path: String)
  /// The file is damaged. It was not touched.
  case corrupt(path: String, reason: String)
  /// Nothing of what was asked is recorded.
  case diskFull(path: String)
  case readOnly(path: String, reason: String)
  /// Another process held the file longer than we wait.
  case busy(path: String)
  case failed(path: String, reason: String)
  /// The write's state does not allow this event; nothing was recorded.
  case illegalTransition(WriteID, from: WriteState?, event: JournalKind)
  /// An incident of another tenant was handed in; nothing was recorded.
  case foreignTenant(TenantID, expected: TenantID)

  /// What happened, in one clause.
  package var what: String {
    switch self {
    case .homeMissing: "there is no place for the program's state: HOME is not set"
    case .unsafe(let path, let reason, _): "\(path) \(reason)"
    case .unavailable(let path, let reason): "\(path) cannot be opened: \(reason)"
    case .locked(let pid?): "another partner-console (process \(pid)) owns this state folder"
    case .locked(nil): "another partner-console owns this state folder"
    case .opening(let path, let pid, let seconds):
      "\(OpeningWait.holder(pid)) has held \(path) for more than \(seconds) seconds"
    case .cancelled: "the wait for another process was broken off"
    case .newerVersion(let path): "\(path) was written by a newer version of partner-console"
    case .corrupt(let path, let reason): "\(path) is damaged: \(reason)"
    case .diskFull(let path): "the disk of \(path) is full"
    case .readOnly(let path, let reason): "\(path) cannot be written: \(reason)"
    case .busy(let path): "\(path) is held by another process"
    case .failed(let path, let reason): "\(path): \(reason)"
    case .illegalTransition(let write, let state, let event):
      "write \(write) is \(state?.rawValue ?? "not known"), so it cannot become \(event.rawValue)"
    case .foreignTenant(let tenant, let expected): "an incident of tenant \(tenant) came with those of \(expected)"
    }
  }

  /// One sentence: what the operator does next.
  package var nextAction: String {
    switch self {
    case .homeMissing: "Set HOME, or XDG_STATE_HOME to an absolute path."
    case .unsafe(_, _, let fix): fix
    case .unavailable: "Give yourself access to that folder, or set XDG_STATE_HOME to another one."
    case .locked: "Work in that one, or end it first; this one only reads."
    case .opening(_, let pid, _):
      "Let it go on if it is stopped (\(pid.map { "kill -CONT \($0)" } ?? "fg")), or end it; then do this again."
    case .cancelled: "Do it again."
    case .newerVersion: "Use that version of partner-console; nothing was changed."
    case .corrupt:
      "It is evidence: keep it. First close every partner-console, then move it away with the -wal and -shm beside it: a "
        + "new one begins."
    case .diskFull: "Free some space and do it again; nothing was recorded or sent."
    case .readOnly: "Make the folder and its files writable for yourself; until then nothing can be changed."
    case .busy: "Do it again in a moment."
    case .failed: "Do it again; if it stays, check the disk."
    case .illegalTransition: "Look at the write's history; nothing was recorded."
    case .foreignTenant: "Report this; nothing was recorded."
    }
  }

  package var description: String { "\(what). \(nextAction)" }

  /// The same as a failure of the client, for a tenant's row or a write.
  package func partnerError(tenant: TenantID?) -> PartnerError { PartnerError(.storage(description), tenant: tenant) }
}
