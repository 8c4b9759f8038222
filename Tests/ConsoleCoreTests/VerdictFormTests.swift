import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

@Suite("Closing with a verdict")
struct VerdictFormTests {
  private func counts(_ pairs: (Verdict, Int)...) -> [VerdictCount] {
    pairs.map { VerdictCount(verdict: $0.0, count: $0.1, lastAt: nil) }
  }
  private let benign = Verdict(.falsePositive, .notMalicious)
  private let phishing = Verdict(.truePositive, .phishing)

  private func opened(_ state: inout ConsoleState, _ counts: [VerdictCount]) {
    state.press(letterKey("C"))
    state.take(.verdictsLoaded(request: state.lastRequest, title: "", counts))
  }
  private func closing(_ verdict: Verdict) -> [IncidentAction] {
    [
      .update(
        IncidentUpdate(
          status: .resolved, classification: verdict.classification, determination: verdict.determination))
    ]
  }

  @Test("A digit means the same verdict whatever was given before, typed before, or is offered first")
  func digits() {
    for (index, verdict) in Verdict.all.prefix(9).enumerated() {
      for memory in [[], counts((benign, 3)), counts((Verdict.all[8], 9), (phishing, 2), (benign, 1))] {
        for typed in ["", "mal", "o"] {
          var state = writingQueue()
          opened(&state, memory)
          #expect(state.sent("\(typed)\(index + 1)§") == closing(verdict), "\(index + 1) after \(typed)")
        }
      }
    }
    var state = writingQueue()
    opened(&state, [])
    #expect(state.sent("0§").isEmpty, "a digit of none means nothing")
  }

  @Test("Offers of a title keep their order for the session; what is new follows, and another title has its own")
  func frozen() {
    var state = writingQueue()
    opened(&state, counts((benign, 3), (phishing, 2)))
    state.press(.escape)
    opened(&state, counts((phishing, 4), (benign, 3), (Verdict.all[0], 1)))
    let lines = state.screen.lines.map(\.text)
    let rows = lines.filter { $0.contains(" time") }
    #expect(rows.count == 3 && rows[0].contains("Not malicious") && rows[1].contains("5 Phishing"), "\(rows)")
    #expect(rows[2].contains("1 Multistage attack"))
    #expect(state.sent("§") == closing(benign), "the one that was first stays first")
    var other = writingQueue()
    opened(&other, counts((benign, 3), (phishing, 2)))
    other.press(.escape, .down)
    opened(&other, counts((phishing, 4), (benign, 3)))
    #expect(other.sent("§") == closing(phishing))
  }

  @Test("What is resolved is said to be closed: C changes its verdict and its comment, and its status stays")
  func resolved() {
    var incident = attack[0]
    (incident.status, incident.classification, incident.determination) = (.resolved, .truePositive, .phishing)
    // A closed one under the cursor stays listed.
    var state = writingQueue { $0.take(.incidentsChanged([incident])) }
    state.press(letterKey("C"))
    let text = state.screen.text
    #expect(text.contains("verdict of #2184"))
    #expect(text.contains("It is closed already: this changes the verdict, and it stays closed."))
    #expect(!text.contains("Close it") && text.contains("Resolving"))
    var same = state
    #expect(same.sent("§").isEmpty)
    #expect(same.screen.text.contains("It is closed and judged so already: choose another verdict."))
    #expect(
      state.sent("4↵why§") == [
        .update(
          IncidentUpdate(classification: .truePositive, determination: .malware, resolvingComment: "why"))
      ])
  }

  @Test("What others closed, or opened again, meanwhile is not closed twice, and can be closed")
  func meanwhile() {
    var closed = attack[0]
    (closed.status, closed.updatedAt) = (.resolved, .ago(0))
    var state = writingQueue()
    #expect(state.sent("C5").isEmpty)
    state.take(.incidentsChanged([closed]))
    #expect(state.spoken == "Meanwhile the status became resolved: look at what is sent now.")
    #expect(!state.screen.text.contains("Close it") && state.screen.text.contains("It is closed already"))
    var again = attack[0]
    (again.status, again.updatedAt) = (.active, .ago(-1))
    state.take(.incidentsChanged([again]))
    #expect(state.screen.text.contains("Close it"))
    #expect(state.sent("§").isEmpty)
    #expect(state.sent("§") == closing(phishing))
  }
}
