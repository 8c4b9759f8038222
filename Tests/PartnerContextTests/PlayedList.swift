import Foundation
import PartnerModel

@testable import PartnerContext

/// A list as the service keeps it: by change time, filtered, in pages; some of its items make their page fail.
struct PlayedList: Sendable {
  struct Entry: Sendable {
    var id: String
    var updated: String
    var isOpen = true
    var more = ""
  }

  var entries: [Entry]
  /// Items that cannot be given, not even alone.
  var poison: Set<String> = []
  /// What is answered for them.
  var failure = WireAnswer.json(500, #"{"error":{"code":"UnknownError","message":"no"}}"#)

  /// Entries that changed a minute apart.
  static func minutes(_ count: Int, from first: Int = 0) -> [Entry] {
    (first..<first + count).map { Entry(id: "\($0)", updated: moment($0)) }
  }

  static func moment(_ minute: Int) -> String {
    Timestamp(ticks: (1_788_000_000 + Int64(minute) * 60) * 10_000_000).description
  }

  func answer(_ request: WireRequest) -> WireAnswer {
    let target = unescaped(request.target) ?? ""
    func option(_ name: String) -> String? {
      target.components(separatedBy: "\(name)=").dropFirst().first?.components(separatedBy: "&").first
    }
    let start = option("$filter")?.components(separatedBy: " ").dropFirst(2).first.flatMap { Timestamp($0) }
    let isOfOpen = option("$filter")?.contains("status ne 'resolved'") ?? false
    let chosen =
      entries.filter { entry in
        (!isOfOpen || entry.isOpen) && start.map { (Timestamp(entry.updated) ?? $0) >= $0 } ?? true
      }
      .sorted { $0.updated < $1.updated }
      .dropFirst(option("$skip").flatMap { Int($0) } ?? 0).prefix(option("$top").flatMap { Int($0) } ?? 50)
    if chosen.contains(where: { poison.contains($0.id) }) { return failure }
    let items = chosen.map { entry in
      let state = entry.isOpen ? "" : #","status":"resolved""#
      return item(entry.id, entry.updated, more: state + entry.more)
    }
    return .json(200, page(items))
  }
}
