import Synchronization

extension LabWorld {
  /// `/devicelogin`: a person enters the code that a device shows, and says who they are.
  func deviceLogin(_ request: LabRequest) -> LabAnswer {
    if request.method == "GET" { return codePage() }
    guard request.method == "POST", let form = try? TokenForm(request) else { return LabAnswer(status: 405) }
    let typed = (form["user_code"] ?? "").filter { $0 != " " && $0 != "-" }.uppercased()
    let now = limitNow()
    let found = people.withLock { people in
      people.devices.first { $0.value.userCode == typed && now < $0.value.ends }
    }
    guard let (code, device) = found else { return codePage("That code did not work. Check it and try again.") }
    guard case .pending = device.state else { return codePage("That code was used already. Get a new one.") }
    do {
      switch form["action"] {
      case nil, "enter": return accountPage(device)
      case "signin":
        guard let upn = form["account"], let account = people.withLock({ $0.account(upn) }) else {
          return accountPage(device)
        }
        let room = try device.room.map { rooms[$0] } ?? userTenant(named: device.tenantName, of: upn)
        guard !needsMFA(account, in: room) else { return secondFactorPage(device, account, in: room) }
        try approve(code, upn, hasMFA: false)
      case "approve":
        try approve(code, form["account"] ?? "", hasMFA: true)
      default:
        decline(code)
        var page = HtmlPage("You declined")
        page.say("The device was not signed in. You can close this page.")
        return page.answer
      }
    } catch let refusal as TokenRefusal {
      return page(of: refusal)
    } catch {
      return LabAnswer(status: 500)
    }
    var page = HtmlPage("You are signed in")
    page.say("You have signed in to partner-console on your device. You can close this page.")
    return page.answer
  }

  private func codePage(_ problem: String? = nil) -> LabAnswer {
    var page = HtmlPage("Enter code")
    if let problem { page.say(problem) }
    page.say("Enter the code that the app shows. Never enter a code that somebody else gave you.")
    page.form(
      "/devicelogin", hidden: [], buttons: [("action", "enter", "Next")],
      fields: [HtmlPage.textField("user_code", "Code")])
    return page.answer
  }

  private func accountPage(_ device: People.Device) -> LabAnswer {
    let users = people.withLock { $0.accounts.map(\.user) }
    var page = HtmlPage("Are you trying to sign in to partner-console?")
    if let room = device.room { page.say("It asks for \(rooms[room].tenant.name).") }
    page.say("Only continue if you started this sign-in yourself.")
    page.form(
      "/devicelogin", hidden: [("user_code", device.userCode)],
      buttons: [("action", "signin", "Continue"), ("action", "cancel", "Cancel")],
      fields: HtmlPage.choice("account", users.map { ($0.upn, "\($0.name), \($0.upn)") }, chosen: nil))
    return page.answer
  }

  private func secondFactorPage(
    _ device: People.Device, _ account: People.Account, in room: TenantRoom
  ) -> LabAnswer {
    var page = HtmlPage("Approve the sign-in")
    page.say("\(room.tenant.name) asks \(account.user.upn) for a second factor.")
    page.form(
      "/devicelogin", hidden: [("user_code", device.userCode), ("account", account.user.upn)],
      buttons: [("action", "approve", "Approve"), ("action", "deny", "Deny")])
    return page.answer
  }
}
