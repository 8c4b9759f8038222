import PartnerModel

/// The screens. A new one is a folder and a line here.
enum ScreenTable {
  static let screens: [any ConsoleScreen.Type] = [
    TenantsScreen.self,
    QueueScreen.self,
    TenantIncidentsScreen.self,
    IncidentScreen.self,
    ActivityScreen.self,
    MessagesScreen.self,
    HelpScreen.self,
    FormScreen<AssignForm>.self,
    FormScreen<StatusForm>.self,
    FormScreen<VerdictForm>.self,
    FormScreen<CommentForm>.self,
    FormScreen<TagsForm>.self,
    FormScreen<FieldForm>.self,
    FormScreen<MergeForm>.self,
    ConflictScreen.self,
    TenantAccessScreen.self,
    ConsentRoundScreen.self,
    SignInScreen.self,
  ]

  /// Those that the stack may stand on, in the order in which Tab goes through them.
  static let homes: [any ConsoleScreen] = [TenantsScreen(), QueueScreen()]

  /// The home that the console is started with.
  static func home(_ view: ConsoleSettings.StartView) -> any ConsoleScreen {
    switch view {
    case .tenants: TenantsScreen()
    case .queue: QueueScreen()
    }
  }
}

extension ScreenTable {
  /// How screens are opened by their names.
  static let openers: [CommandEntry] = screens.compactMap { $0.opener }

  static func screen(named name: ScreenName, in state: SharedState) -> (any ConsoleScreen)? {
    screens.first { $0.name == name }?.screen(in: state)
  }

  /// The screen that shows a target.
  static func screen(for target: Target, known: IncidentSummary?, in state: SharedState) -> (any ConsoleScreen)? {
    for type in screens {
      if let screen: any ConsoleScreen = type.screen(for: target, known: known, in: state) { return screen }
    }
    return nil
  }

  /// The form that a command opens for an incident, or for one of its alerts.
  static func form(of command: Command, for subject: FormSubject, in state: SharedState) -> (any ConsoleScreen)? {
    for type in screens {
      if let form: any ConsoleScreen = type.form(of: command, for: subject, in: state) { return form }
    }
    return nil
  }

  /// The form of a write that was not made, filled in as it was.
  static func form(
    again write: IncidentWrite, for subject: FormSubject, in state: SharedState
  ) -> (any ConsoleScreen)? {
    for type in screens {
      if let form: any ConsoleScreen = type.form(again: write, for: subject, in: state) { return form }
    }
    return nil
  }

  /// The screen that a command opens for some tenants.
  static func screen(of command: Command, for tenants: [TenantID], in state: SharedState) -> (any ConsoleScreen)? {
    for type in screens {
      if let screen: any ConsoleScreen = type.screen(of: command, for: tenants, in: state) { return screen }
    }
    return nil
  }

  /// The home after another one, around the end.
  static func home(after screen: any ConsoleScreen) -> any ConsoleScreen {
    let place = homes.firstIndex { type(of: $0) == type(of: screen) } ?? 0
    return homes[(place + 1) % homes.count]
  }

  /// The home whose rows a target is among.
  static func home(of target: Target) -> (any ConsoleScreen)? { homes.first { type(of: $0).lists(target) } }
}
