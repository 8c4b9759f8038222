import CSpawn
import Glibc

/// Where programs of the desktop and of the operator are looked for: the operator's `PATH`, then the system's folders.
///
/// Left out is what somebody else could put a program into: a relative folder, one that others may write to or own, and
/// a program of which the same holds.
package struct ProgramPath: Sendable {
  private static let system = ["/usr/local/bin", "/usr/bin", "/bin"]
  let folders: [String]

  /// - Parameter path: the variable; `nil` and empty for the system's folders alone.
  package init(_ path: String?) {
    var folders: [String] = []
    for folder in (path ?? "").split(separator: ":").map(String.init) + Self.system
    where folder.hasPrefix("/") && !folders.contains(folder) && spawn_is_ours(folder, 1) != 0 {
      folders.append(folder)
    }
    self.folders = folders
  }

  /// As a variable has it.
  package var text: String { folders.joined(separator: ":") }

  /// A program by its whole path, where nobody else may change it.
  package func safe(_ path: String) -> String? {
    path.hasPrefix("/") && spawn_is_ours(path, 0) != 0 && access(path, X_OK) == 0 ? path : nil
  }

  /// The first program of this name.
  package func program(_ name: String) -> String? {
    folders.lazy.map { $0 + "/" + name }.first { spawn_is_ours($0, 0) != 0 && access($0, X_OK) == 0 }
  }
}
