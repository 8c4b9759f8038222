import FoundationEssentials
import Glibc

/// A fresh folder of mode 0700 that goes when its owner is done with it.
struct TemporaryFolder {
  let path: String

  static func make(environment: (String) -> String?) throws(CommandError) -> TemporaryFolder {
    let parent = environment("TMPDIR").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    var template = Array("\(parent)/partner-console-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw CommandError(
        .nothingDone, "no temporary folder in \(parent): \(String(cString: strerror(errno))). Set TMPDIR to one.")
    }
    return TemporaryFolder(path: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
