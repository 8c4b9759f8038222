import FoundationEssentials
import Glibc
import PartnerModel

/// Which process means to carry a write through; its pid stands in the write's id.
///
/// A write whose process still lives is that process's to finish; one whose process is gone is settled by the owner of
/// the state folder. The pid may be another program's by now: so after some time only a write that is held
/// (``Journal/hold(_:)``) is still being worked on, however long that takes.
struct WriteOwner {
  /// Seconds in which a living process of its pid is taken for the one that meant a write: far longer than it takes from
  /// the intent until it is held.
  static let patience: TimeInterval = 120

  /// Whether no other process is working on `write` any more, unless it is held.
  static func isGone(_ write: IncidentWrite, now: Date) -> Bool {
    if now.timeIntervalSince(write.intendedAt) > patience { return true }
    guard let pid = write.id.process else { return true }
    // This process knows what it carries: another of its pid is gone.
    return pid == getpid() || (kill(pid, 0) != 0 && errno == ESRCH) || hasEnded(pid)
  }

  /// Whether a process ended that nobody has waited for yet: it still answers to its id.
  private static func hasEnded(_ pid: Int32) -> Bool {
    guard let record = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let nameEnd = record.lastIndex(of: ")")
    else { return false }
    return record[nameEnd...].dropFirst(2).first.map { "ZX".contains($0) } ?? false
  }
}
