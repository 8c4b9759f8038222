import Foundation
import PartnerModel
import SafeText
import TerminalKit
import Testing

@testable import ConsoleCore

private let letter = Key.character
private let queueStart: ConsoleState = .loaded(size: Size(columns: 120, rows: 20)) { $0.view = .queue }

extension ConsoleState {
  /// The names of the screens, from the bottom up.
  fileprivate var names: [ScreenName] { (0..<screens.depth).map { Swift.type(of: screens[$0]).name } }

  /// What is on the screen besides what the bottom line says.
  fileprivate var picture: [String] {
    var quiet = self
    quiet.message = nil
    return quiet.screen.lines.map(\.text)
  }

  /// Gives whatever was opened last what it asks for.
  fileprivate mutating func answer() {
    if let shown = tenantIncidents, place == .tenantIncidents {
      take(.tenantIncidentsLoaded(request: shown.request, shown.id, attack.filter { $0.key.tenant == shown.id }))
    }
    if let page, place == .incident {
      var incident = story
      (incident.tenant, incident.id) = (page.key.tenant, page.key.id)
      take(.incidentRead(request: page.request, page.key, .fresh(incident, readAt: now)))
    }
    work()
  }
}

@Suite("The screens lie on each other")
struct StackTests {
  @Test(
    "What is opened lies on what it was opened from, to any depth, and Esc takes exactly one away",
    arguments: [
      // The last key of each way opens one screen.
      (.queue, [[Key.enter], [letter("T")], [.enter], [letter("T")], [.enter]]),
      (.queue, [[letter("T")], [.down, .enter], [letter("T")], [letter("?")]]),
      (.queue, [[.down, .down, .enter], [letter("T")], [letter("s"), .enter], [letter("T")], [.end, letter("l")]]),
      (.queue, [[letter("/"), letter("m"), letter("u"), .enter, .enter], [.tab, letter("T")], [.end, .enter]]),
      (.tenants, [[.enter], [.down, letter("l")], [letter("T")], [.enter], [letter("T")], [.enter]]),
      (.tenants, [[letter("s"), .pageDown, letter("T")], [letter("?")]]),
      (.tenants, [[letter("/"), letter("l"), letter("t"), .enter, letter("T")], [.end, .enter], [letter("T")]]),
    ] as [(ConsoleSettings.StartView, [[Key]])])
  func depth(view: ConsoleSettings.StartView, ways: [[Key]]) {
    var state = ConsoleState.loaded(size: Size(columns: 120, rows: 20)) { $0.view = view }
    // What lies below, as it was when it was left.
    var left: [(names: [ScreenName], picture: [String])] = []
    for way in ways {
      for key in way.dropLast() { state.press(key) }
      left.append((state.names, state.picture))
      state.press(way[way.count - 1])
      #expect(state.screens.depth == left.count + 1, "\(way) opened \(state.names)")
      state.answer()
    }
    for below in left.reversed() {
      state.press(.escape)
      #expect(state.names == below.names && state.picture == below.picture)
      // The filter that stood on what is below is the next thing that Esc takes.
      if state.screens.top.hasFilter(in: state.shared) {
        state.press(.escape)
        #expect(state.names == below.names, "a kept filter goes before its screen")
      }
    }
    state.press(.escape)
    #expect(state.message?.text.text.hasPrefix("This is the top") == true)
  }

  @Test("The crumbs tell the way: of a long one the middle is left out, never where one is")
  func crumbsOfAWay() {
    var state = queueStart
    state.press(.enter)
    state.answer()
    state.press(letter("T"))
    #expect(state.screen.lines[1].text.hasPrefix(" Queue › Contoso Ltd › #2184 › Contoso Ltd › all  "))
    state.answer()
    state.press(.down, .enter)
    #expect(
      state.screen.lines[1].text.hasPrefix(" Queue › Contoso Ltd › #2184 › Contoso Ltd › #2185 Ransomware activity"))
    state.press(letter("T"), letter("?"))
    #expect(state.screen.lines[1].text.contains(" #2184 › Contoso Ltd › #2185 › Contoso Ltd › all › Keys"))
    state.press(.escape)
    state.take(.resized(Size(columns: 60, rows: 20)))
    #expect(state.screen.lines[1].text.hasPrefix(" Queue › … › #2185 › Contoso Ltd › all"))
  }

  @Test("The queue and the tenants opened on others begin anew, and give back how they were looked at below")
  func sharedLists() {
    var state = queueStart
    state.press(letter("s"), .down, .down)
    state.type("/contoso")
    state.press(.enter, .down)
    let below = state.picture
    state.press(.enter)
    _ = state.open(QueueScreen.name)
    state.take(.workContinued)
    #expect(state.names == [.queue, .incident, .queue])
    #expect(state.queue.filter.isEmpty && state.queue.viewport.cursor == 0 && state.queue.count == attack.count)
    state.press(letter("s"), .end)
    state.type("/phish")
    state.press(.enter, .enter)
    #expect(state.names == [.queue, .incident, .queue, .incident])
    state.press(.escape, .escape)
    #expect(state.names == [.queue, .incident, .queue], "the filter goes first")
    state.press(.escape, .escape)
    #expect(state.names == [.queue] && state.picture == below)

    var tenants = ConsoleState.loaded(size: Size(columns: 120, rows: 20))
    tenants.press(letter("s"), .pageDown)
    tenants.type("/e")
    tenants.press(.enter, .down)
    let before = tenants.picture
    tenants.press(.enter)
    _ = tenants.open(TenantsScreen.name)
    tenants.press(letter("s"), .end, .enter, .escape, .escape, .escape)
    #expect(tenants.names == [.tenants] && tenants.picture == before)
  }

  @Test("What is on top already is not opened again")
  func once() {
    var state = queueStart
    #expect(state.open(QueueScreen.name) == [] && state.screens.depth == 1)
    state.press(.enter)
    #expect(state.open(Target(attack[0].key)) == [] && state.screens.depth == 2)
    state.press(letter("T"), letter("T"))
    #expect(state.names == [.queue, .incident, .tenantIncidents])
    #expect(state.message?.text.text == "There is no tenant under the cursor.")
    state.answer()
    state.press(letter("T"))
    #expect(state.message?.text.text == "Its tenant is what is shown.")
  }

  @Test("Tab exchanges the bottom, and nothing while something lies on it")
  func homes() {
    var state = queueStart
    state.press(.tab)
    #expect(state.names == [.tenants])
    state.press(.enter, .tab)
    #expect(state.names == [.tenants, .tenantIncidents])
    #expect(state.message?.text.text == "Tab switches between Tenants and Queue: Esc goes back first.")
  }

  @Test("A hundred screens lie on each other at most; then it is said, and nothing is lost")
  func bounded() {
    var state = queueStart
    for number in 0..<300 {
      _ = state.open(number % 2 == 0 ? Target(attack[0].key) : Target(tenant: .sample(1)))
    }
    #expect(state.screens.depth == ScreenStack.limit)
    #expect(state.message?.text.text == "100 screens lie on each other: Esc goes back first.")
    for _ in 1..<ScreenStack.limit { state.press(.escape) }
    #expect(state.names == [.queue])
  }

  @Test("A page that lies deep gets its answer, and reads again what became newer meanwhile only when it comes back")
  func answersBelow() {
    var state = queueStart
    state.press(.enter, letter("T"))
    state.take(.incidentRead(request: 1, attack[0].key, .fresh(story, readAt: noon)))
    #expect(state.page?.incident == story)
    state.answer()
    var changed = attack[0]
    changed.updatedAt = .ago(0)
    changed.assignedTo = "ben@northwind.example"
    let meanwhile = update(&state, .incidentsChanged([changed]))
    #expect(!meanwhile.contains { if case .readIncident = $0 { true } else { false } })
    let back = update(&state, .key(.escape))
    #expect(back.contains(.readIncident(attack[0].key, request: 3)))
    #expect(state.page?.summary == changed && state.screen.text.contains("ben@northwind.example"))
    #expect(state.screen.text.contains("Suspicious PowerShell download"))
  }

  @Test("! goes to the bottom, where all that needs somebody is listed")
  func needs() {
    var state = queueStart
    state.press(.end, .enter, letter("T"))
    state.answer()
    state.press(.enter, letter("!"))
    #expect(state.names == [.queue] && state.queue.selectedKey == attack[0].key)
  }

  @Test("The rows of a long list stay where they are in memory, whatever lies on it: nothing holds them twice")
  func inPlace() {
    let many = (0..<20_000).map { IncidentSummary.sample(1, $0, "row \($0)", age: Double($0) + 60) }
    var state = ConsoleState.loaded(size: Size(columns: 120, rows: 20))
    _ = state.open(Target(tenant: .sample(1)))
    state.take(.tenantIncidentsLoaded(request: 1, .sample(1), many))
    state.work()
    func place(_ state: ConsoleState) -> Int {
      (state.screens[1] as? TenantIncidentsScreen)?.list.sorted.withUnsafeBufferPointer {
        Int(bitPattern: $0.baseAddress)
      }
        ?? 0
    }
    let before = place(state)
    state.press(.down, .enter, letter("?"), .escape, letter("T"), .escape)
    var changed = many[7]
    changed.updatedAt = .ago(1)
    changed.severity = .high
    state.take(.incidentsChanged([changed]), .ticked(noon.addingTimeInterval(60)))
    state.press(.escape, .down, .pageDown)
    #expect(before != 0 && place(state) == before)
  }
}

@Suite("Whatever is opened, Esc leads back")
struct StackChanceTests {
  private static let keys: [Key] =
    [.enter, .escape, .down, .up, .pageDown, .end, .tab, .left] + "TTTjks/?p!rnNaq".map { .character($0) }

  @Test(
    "Any way in any order: no step traps, each Esc takes one thing away, and as many lead to the bottom as it is deep",
    arguments: UInt64(0)..<20)
  func walk(seed: UInt64) {
    var chance = SplitMix(seed: seed)
    let columns = [80, 160].randomElement(using: &chance) ?? 80
    var state = ConsoleState.loaded(size: Size(columns: columns, rows: 24)) {
      $0.view = seed % 2 == 0 ? .queue : .tenants
    }
    var cache = RowCache()
    for _ in 0..<200 {
      switch Int.random(in: 0..<12, using: &chance) {
      case 0: _ = state.open(QueueScreen.name)
      case 1: _ = state.open(TenantsScreen.name)
      case 2: _ = state.open(Target(tenant: .sample(Int.random(in: 1...18, using: &chance))))
      case 3: (attack.randomElement(using: &chance)?.key).map { _ = state.open(Target($0)) }
      case 4: state.answer()
      case 5: state.take(.incidentsChanged([attack[Int.random(in: 0..<9, using: &chance)]]), .workContinued)
      default: state.press(Self.keys.randomElement(using: &chance) ?? .enter)
      }
      _ = view(state, cache: &cache)
    }
    state.press(.control("l"))
    if state.shared.isTypingNowhere { state.press(.escape) }
    if state.portal != nil { state.press(.escape) }
    var steps = 0
    while state.screens.depth > 1 || state.prompt != nil || state.screens.top.hasFilter(in: state.shared) {
      let depth = state.screens.depth
      let isPopped =
        state.prompt == nil && !state.layout.hasPreviewInFront && !state.screens.top.hasFilter(in: state.shared)
      state.press(.escape)
      #expect(state.screens.depth == (isPopped ? depth - 1 : depth))
      steps += 1
      if steps > 1_000 { break }
    }
    #expect(state.screens.depth == 1)
  }
}
