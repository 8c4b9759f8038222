package import FoundationEssentials

/// A folder of what others recorded, which tests read in place: answers of the real services, faults that were seen
/// elsewhere, the published schema.
///
/// An environment variable names it. Where none does, the tests over it are skipped with that reason; in the gate (`CI`)
/// they run and fail instead, so that nothing of it is skipped unseen.
package struct RecordedFolder: Sendable {
  package static let samples = RecordedFolder("PARTNER_CONSOLE_SAMPLES")
  package static let cases = RecordedFolder("PARTNER_CONSOLE_CASES")
  package static let reference = RecordedFolder("PARTNER_CONSOLE_REFERENCE")

  package struct Missing: Error, CustomStringConvertible { package var description: String }

  private let name: String
  private let environment: [String: String]

  package init(_ name: String, environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.name = name
    self.environment = environment
  }

  private var path: String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// Whether tests over the folder are to run.
  package var isWanted: Bool { path != nil || environment["CI"] != nil }
  /// Why they are skipped where they are not.
  package var reason: String { "\(name) names no folder" }

  /// - Throws: ``Missing`` when the variable is not set, or does not name a folder.
  package var url: URL {
    get throws {
      guard let path else { throw Missing(description: reason) }
      var isFolder = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else {
        throw Missing(description: "\(name): \(path) is no folder")
      }
      return URL(filePath: path)
    }
  }
}
