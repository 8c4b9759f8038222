import CSignals
import Glibc
import PartnerModel

/// Reads the templates for comments, `templates/*.txt` beside `tenants.json`.
enum TemplateFolder {
  private static let most = 100
  private static let largest = 64 << 10

  /// - Parameter configuration: the path of `tenants.json`.
  /// - Returns: those that could be read, and what keeps the others from it. A folder that is not there holds none.
  static func templates(beside configuration: String) -> CommentTemplates {
    let parent = configuration.lastIndex(of: "/").map { String(configuration[...$0]) } ?? ""
    let folder = parent + "templates"
    guard let directory = opendir(folder) else {
      let reason = errno
      if reason == ENOENT || reason == ENOTDIR { return .none }
      return CommentTemplates([], complaints: ["\(folder): \(String(cString: strerror(reason)))."])
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { start in
        start.withMemoryRebound(to: CChar.self, capacity: Int(entry.pointee.d_reclen)) { String(cString: $0) }
      }
      if name.hasSuffix(".txt"), !name.hasPrefix(".") { names.append(name) }
    }
    names.sort()
    var templates: [CommentTemplate] = []
    var complaints: [String] = []
    if names.count > most { complaints.append("\(folder): only the first \(most) of \(names.count) files are read.") }
    for name in names.prefix(most) {
      do throws(Failure) {
        let text = try text(of: "\(folder)/\(name)")
        do throws(CommentTemplate.Mistake) {
          templates.append(try CommentTemplate(text, file: "templates/\(name)"))
        } catch {
          complaints.append(error.description)
        }
      } catch {
        complaints.append("templates/\(name): \(error.words)")
      }
    }
    return CommentTemplates(templates, complaints: complaints)
  }

  private struct Failure: Error { var words: String }

  private static func text(of path: String) throws(Failure) -> String {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw Failure(words: String(cString: strerror(errno)) + ".") }
    defer { close(descriptor) }
    guard mode_t(truncatingIfNeeded: console_file_kind(descriptor)) == S_IFREG else {
      throw Failure(words: "it is no file.")
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while bytes.count <= largest {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Failure(words: String(cString: strerror(errno)) + ".") }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    if bytes.count > largest { throw Failure(words: "it is larger than 64 KiB.") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Failure(words: "it is not UTF-8 text.") }
    return text
  }
}
