/// A program to run: nothing of this process's own environment or folder reaches it unless it is named here.
package struct Program: Hashable, Sendable {
  /// Absolute; no search path is asked.
  package var path: String
  /// Without the program's own name, which goes first by itself.
  package var arguments: [String]
  package var environment: [String: String]
  /// Where it runs; `nil` for where this process runs.
  package var folder: String?

  package init(
    _ path: String, _ arguments: [String] = [], environment: [String: String] = [:], folder: String? = nil
  ) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
  }
}
