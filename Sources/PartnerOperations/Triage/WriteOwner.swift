import FoundationEssentials
import Glibc
import PartnerModel

/// Which process means to carry a write through; its pid stands in the write's id.
///
/// A write whose process still lives is that process's to finish; one whose process is gone is settled by the owner of
/// the state folder.
struct WriteOwner {
  /// Longer than any write takes; covers a pid that was given to another program.
  static let patience: TimeInterval = 120

  /// Whether no other process is working on `write` any more.
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
