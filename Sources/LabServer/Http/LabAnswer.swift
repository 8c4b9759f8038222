/// One answer, before it is decided how it travels.
struct LabAnswer: Sendable {
  var status: Int
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []
  /// What the app knows of incidents and alerts when this answer reaches it.
  var sights: [Sight] = []

  static let noContent = LabAnswer(status: 204)

  static func json(_ body: [UInt8], status: Int = 200) -> LabAnswer {
    LabAnswer(status: status, headers: [("Content-Type", "application/json; charset=utf-8")], body: body)
  }

  /// A number alone, as OData's `$count` answers.
  static func count(_ number: Int) -> LabAnswer {
    LabAnswer(status: 200, headers: [("Content-Type", "text/plain")], body: Array(String(number).utf8))
  }

  func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}

/// An answer and what happens to it on its way.
struct Delivery: Sendable {
  enum Manner: Hashable, Sendable {
    case whole
    /// The connection is reset instead of answering.
    case reset
    /// Only so many bytes of the body, then the end of the connection.
    case truncated(Int)
    case trickled(bytesPerSecond: Int)
    /// Nothing is ever sent.
    case silent
  }

  var answer: LabAnswer
  var manner = Manner.whole
  var delayMilliseconds = 0

  init(_ answer: LabAnswer) { self.answer = answer }
}
