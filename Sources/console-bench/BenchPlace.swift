import FoundationEssentials
import Glibc

/// A fresh folder of mode 0700 that holds everything a run writes, and the environment that keeps its programs in it.
struct BenchPlace {
  let path: String

  static func make() throws -> BenchPlace {
    let parent = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    var template = Array("\(parent)/console-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw BenchError("no temporary folder in \(parent): \(String(cString: strerror(errno)))")
    }
    let place = BenchPlace(path: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    _ = try place.folder(place.path + "/home")
    return place
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  var environment: [String: String] {
    [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": path + "/home", "XDG_STATE_HOME": path + "/home/state",
      "TMPDIR": path, "LANG": "C.UTF-8", "TERM": "xterm-256color",
    ]
  }

  /// With a state folder of its own: programs of different commits do not share a store.
  func environment(state: String) -> [String: String] {
    environment.merging(["XDG_STATE_HOME": state]) { $1 }
  }

  /// Makes a folder of mode 0700.
  func folder(_ path: String) throws -> String {
    guard mkdir(path, 0o700) == 0 else { throw BenchError("cannot make \(path): \(String(cString: strerror(errno)))") }
    return path
  }

  /// Writes a file of mode 0600 that is not there yet.
  func write(_ text: String, to file: String) throws {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw BenchError("cannot make \(file): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw BenchError("cannot write \(file): \(String(cString: strerror(errno)))") }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Where a program is installed.
  func installed(_ program: String) -> String? {
    ["/usr/local/bin/", "/usr/bin/", "/bin/"].map { $0 + program }.first { access($0, X_OK) == 0 }
  }
}
