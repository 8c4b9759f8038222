import CNcurses
import TerminalKit

extension KeyTable {
  /// The keys of the terminal that newterm set up last, as terminfo has them.
  static func ofCurrentTerminal() -> KeyTable {
    var names: [(name: String, key: Key)] = [
      ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("khome", .home), ("kend", .end),
      ("kpp", .pageUp), ("knp", .pageDown), ("kich1", .insert), ("kdch1", .delete), ("kcbt", .backtab),
      ("kent", .enter), ("kbs", .backspace),
    ]
    for number in 1...12 { names.append(("kf\(number)", .function(number))) }
    return KeyTable(
      terminfo: names.compactMap { entry in
        guard let sequence = console_capability(entry.name) else { return nil }
        return (Array(String(cString: sequence).utf8), entry.key)
      })
  }
}
