import FoundationEssentials
import PartnerModel
import SafeText

extension TextTable.Cell {
  /// A moment whole; in a narrow window to the minute, with its day where that is not the day of `now`.
  init(_ moment: Date?, now: Date) {
    guard let moment else {
      self = "never"
      return
    }
    let whole = Timestamp(moment).description
    let today = Timestamp(now).description
    let time = "\(whole.dropFirst(11).prefix(5))Z"
    let short =
      whole.prefix(10) == today.prefix(10)
      ? time : whole.prefix(4) == today.prefix(4) ? "\(whole.dropFirst(5).prefix(5)) \(time)" : String(whole.prefix(10))
    self.init(SafeText(whole), short: SafeText(short))
  }
}
