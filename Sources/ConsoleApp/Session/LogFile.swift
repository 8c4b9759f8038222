import FoundationEssentials
import Glibc
import Logging
import PartnerModel
import SafeText
import Synchronization

/// Appends log lines to a file of mode 0600; without a file nothing is logged.
struct LogFile: LogHandler {
  private let file: Descriptor
  private let now: @Sendable () -> Date
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level

  static func logger(
    path: String?, level: Logger.Level, now: @escaping @Sendable () -> Date
  ) throws(CommandError) -> Logger {
    guard let path else { return Logger(label: "partner-console") { _ in SwiftLogNoOpLogHandler() } }
    let descriptor = open(
      ConfigurationFile.absolute(path), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw CommandError(.badConfiguration, "\(path): \(String(cString: strerror(errno))). Name another --log-file.")
    }
    let handler = LogFile(file: Descriptor(descriptor), now: now, logLevel: level)
    return Logger(label: "partner-console") { _ in handler }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var line = "\(Timestamp(now())) \(event.level.rawValue) \(event.message)"
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
    file.append(SafeText(line).text + "\n")
  }

  private final class Descriptor: Sendable {
    private let number: Mutex<Int32>
    init(_ number: Int32) { self.number = Mutex(number) }
    deinit { _ = number.withLock { close($0) } }

    func append(_ line: String) {
      number.withLock { number in
        // A log that cannot be written stops nothing.
        var line = line
        _ = line.withUTF8 { write(number, $0.baseAddress, $0.count) }
      }
    }
  }
}
