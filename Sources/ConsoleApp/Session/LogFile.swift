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

  /// - Parameter ownsScreen: for the console, whose screen no log may run into.
  static func logger(
    path: String?, level: Logger.Level, ownsScreen: Bool, now: @escaping @Sendable () -> Date
  ) throws(CommandError) -> Logger {
    guard let path else { return Logger(label: "partner-console") { _ in SwiftLogNoOpLogHandler() } }
    let handler = LogFile(file: try Descriptor.open(path, ownsScreen: ownsScreen), now: now, logLevel: level)
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
    private init(_ number: Int32) { self.number = Mutex(number) }
    deinit { _ = number.withLock { close($0) } }

    static func open(_ path: String, ownsScreen: Bool) throws(CommandError) -> Descriptor {
      func refuse(_ reason: String) -> CommandError {
        CommandError(.badConfiguration, "--log-file \(path): \(reason). Name a file of its own.")
      }
      let names = ["/dev/", "/dev/fd/", "/proc/self/fd/"]
      if names.contains(where: { ["\($0)stdout", "\($0)1"].contains(path) }) {
        throw refuse("standard output is for data")
      }
      let isStandardError = path == "-" || names.contains { ["\($0)stderr", "\($0)2"].contains(path) }
      if isStandardError, ownsScreen { throw refuse("the console owns the screen") }
      // Neither a link that somebody laid out nor a pipe without a reader is waited for or followed.
      let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
      let number =
        isStandardError
        ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : Glibc.open(ConfigurationFile.absolute(path), flags, 0o600)
      switch number {
      case 0...: break
      case _ where errno == ELOOP: throw refuse("is a symbolic link, which a log does not follow")
      case _ where errno == ENXIO: throw refuse("is a pipe that nobody reads")
      default: throw refuse(String(cString: strerror(errno)))
      }
      let descriptor = Descriptor(number)
      if ownsScreen, isatty(number) == 1 { throw refuse("is a terminal, and the console owns the screen") }
      return descriptor
    }

    func append(_ line: String) {
      number.withLock { number in
        // A log that cannot be written stops nothing.
        var line = line
        _ = line.withUTF8 { write(number, $0.baseAddress, $0.count) }
      }
    }
  }
}
