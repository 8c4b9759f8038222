import Synchronization

/// What an administrator does on the page that asks for consent.
package enum LabConsentAnswer: String, CaseIterable, Sendable {
  /// The page waits for a person.
  case page
  case accept
  /// A part of what is asked for; the real page does not offer that.
  case partial
  case decline
  /// Whoever signed in may not consent.
  case noRights
}

/// A consent that was asked for, checked.
struct ConsentRequest: Sendable {
  enum Form: Sendable {
    case v1, v2
    /// The first version's authorize with `prompt=admin_consent`, which gives a code as well.
    case authorize(AuthorizeRequest)
  }

  var form: Form
  var back: ReturnAddress
  var tenantName: String
  /// Nil for an alias: then it is the administrator's.
  var room: Int?
  var scope: String
  /// Delegated permissions that were named singly; nil: everything in the registration is asked for.
  var names: [String]?

  var isSecond: Bool { if case .v2 = form { true } else { false } }
}

extension LabWorld {
  /// A page for consent that is open.
  struct ConsentPage: Sendable {
    var request: ConsentRequest
    var ends: Moment
  }

  /// `GET /{tenant}/v2.0/adminconsent` and `GET /{tenant}/adminconsent`
  func adminConsent(_ request: LabRequest, _ tenantName: String, _ version: TokenVersion) -> Delivery {
    let room = room(tenantName)
    let requestID = room?.nextRequestID() ?? anonymousRequestID()
    room?.state.withLock { $0.requests["adminconsent", default: 0] += 1 }
    return faulted(room, route: "adminconsent", requestID: requestID) {
      guard request.method == "GET" else { return LabAnswer(status: 405) }
      do {
        return try self.consentAnswer(request, tenantName, version)
      } catch let refusal as TokenRefusal {
        return self.page(of: refusal)
      } catch {
        return LabAnswer(status: 500)
      }
    }
  }

  private func consentAnswer(
    _ request: LabRequest, _ tenantName: String, _ version: TokenVersion
  ) throws -> LabAnswer {
    let alias = tenantName.lowercased()
    // The second version takes no alias that personal accounts could come by.
    if version == .v2, alias == "common" { throw TokenRefusal.aliasNotAllowed }
    let room = ["common", "organizations"].contains(alias) ? nil : try tenant(named: tenantName)
    let query = try PageQuery(request.query)
    let back = try returnAddress(query, in: room, tenantName)
    var asked = ConsentRequest(
      form: version == .v1 ? .v1 : .v2, back: back, tenantName: tenantName, room: room?.index,
      scope: Self.graphAudience + "/.default")
    do {
      if version == .v2 {
        asked.scope = try query.required("scope")
        let scope = try AskedScope(asked.scope, in: room?.tenant.name ?? tenantName)
        asked.names = scope.isDefault ? nil : scope.names
      }
      return consentAnswer(asked)
    } catch let refusal as TokenRefusal {
      return back.answer(refusal)
    }
  }

  /// The page, or at once what comes of it.
  func consentAnswer(_ asked: ConsentRequest) -> LabAnswer {
    let (mode, other) = people.withLock { ($0.consent, $0.consentTenant) }
    let room = other.flatMap { self.room($0) } ?? asked.room.map { rooms[$0] } ?? homeRoom
    guard mode != .page, let room else { return consentPage(asked) }
    return decided(mode, asked, in: room)
  }

  private func consentPage(_ asked: ConsentRequest, problem: String? = nil) -> LabAnswer {
    let flow = randomText("", bytes: 24)
    let ends = limitNow() + Self.pageLifetime * Moment.second
    people.withLock { $0.consentPages[flow] = ConsentPage(request: asked, ends: ends) }
    let room = asked.room.map { rooms[$0] }
    var page = HtmlPage("Permissions requested: review for your organization")
    if let problem { page.say(problem) }
    page.say("partner-console asks for these permissions in \(room?.tenant.name ?? "your organization"):")
    page.list(
      (asked.names ?? room?.requiredRoles ?? options.requiredRoles).map { name in
        asked.names == nil ? "\(name), application and delegated" : "\(name), delegated"
      })
    page.form(
      "/\(percentEncoded(asked.tenantName))/consent", hidden: [("flow", flow)],
      buttons: [
        ("action", "accept", "Accept"), ("action", "decline", "Cancel"),
        ("action", "partial", "Accept a part (lab only)"), ("action", "noRights", "I am no administrator (lab only)"),
      ], fields: room == nil ? [HtmlPage.textField("tenant", "Your organization (domain or id)")] : [])
    return page.answer
  }

  /// `POST /{tenant}/consent`: what an administrator does on the page.
  func consentForm(_ request: LabRequest) -> LabAnswer {
    guard request.method == "POST" else { return LabAnswer(status: 405) }
    let now = limitNow()
    guard let form = try? TokenForm(request), let flow = form["flow"],
      let open = people.withLock({ $0.consentPages[flow] }), now < open.ends
    else {
      var page = HtmlPage("This page is over", status: 400)
      page.say("It was answered already, or waited too long. Start again from the app.")
      return page.answer
    }
    let asked = open.request
    guard let room = asked.room.map({ rooms[$0] }) ?? form["tenant"].flatMap(room), room.scenario != .tenantNotFound
    else { return consentPage(asked, problem: "There is no such organization. Check the name and try again.") }
    let action = form["action"]
    if action == "noRights" {
      var page = HtmlPage("Need admin approval")
      page.say("AADSTS90094: \(TokenRefusal.adminNeeded.text)")
      page.form(
        "/\(percentEncoded(asked.tenantName))/consent", hidden: [("flow", flow), ("tenant", room.tenant.id)],
        buttons: [("action", "return", "Return to the application without granting consent")])
      return page.answer
    }
    people.withLock { $0.consentPages[flow] = nil }
    switch action {
    case "accept": return decided(.accept, asked, in: room)
    case "partial": return decided(.partial, asked, in: room)
    case "return": return decided(.noRights, asked, in: room)
    default: return decided(.decline, asked, in: room)
    }
  }

  // MARK: What comes of it

  private func decided(_ answer: LabConsentAnswer, _ asked: ConsentRequest, in room: TenantRoom) -> LabAnswer {
    do {
      switch answer {
      case .accept, .partial: try accept(asked, in: room, isPartial: answer == .partial)
      case .noRights: throw TokenRefusal.adminNeeded
      case .decline, .page: throw TokenRefusal.consentDeclined
      }
      return try accepted(asked, in: room)
    } catch let refusal as TokenRefusal {
      return refused(asked, refusal)
    } catch {
      return LabAnswer(status: 500)
    }
  }

  /// - Throws: 650052 or 650057 where there is nothing that could be consented to.
  private func accept(_ asked: ConsentRequest, in room: TenantRoom, isPartial: Bool) throws {
    switch consent(of: room) {
    case .unlicensed:
      var refusal = TokenRefusal.unlicensed(options.clientID, in: room.tenant.name)
      refusal.error = "access_denied"
      throw refusal
    case .resourceNotRequested: throw TokenRefusal.resourceNotRequested(options.clientID)
    // Consent neither enables an app that was disabled nor changes a policy.
    case .disabled, .blocked: return
    case .noServicePrincipal, .granted: break
    }
    if let names = asked.names { return give(nil, scopes: names, in: room) }
    let roles = isPartial ? TenantRoom.partialRoles(room.requiredRoles) : room.requiredRoles
    give(.granted(roles: roles), in: room)
  }

  private func accepted(_ asked: ConsentRequest, in room: TenantRoom) throws -> LabAnswer {
    let tenant = (name: "tenant", value: room.tenant.id)
    switch asked.form {
    case .v1: return asked.back.answer([("admin_consent", "True"), tenant])
    case .v2: return asked.back.answer([("admin_consent", "True"), tenant, ("scope", asked.scope)])
    case .authorize(var request):
      request.more = [("admin_consent", "True")]
      return newCode(request, of: administrator(of: room), in: room, hasMFA: false)
    }
  }

  /// The second version says that consent was asked for even where it failed.
  private func refused(_ asked: ConsentRequest, _ refusal: TokenRefusal) -> LabAnswer {
    let isDeclined = refusal == TokenRefusal.consentDeclined
    switch asked.form {
    case .v2: return asked.back.answer(refusal, more: [("admin_consent", "True")])
    case .v1 where isDeclined:
      return asked.back.answer([
        ("error", "permission_denied"), ("error_description", "The admin canceled the request"),
      ])
    case .v1: return asked.back.answer(refusal)
    case .authorize: return asked.back.answer(isDeclined ? TokenRefusal.canceled : refusal)
    }
  }
}

extension TokenRefusal {
  static let consentDeclined = TokenRefusal(
    error: "consent_required", code: 65004, text: "User declined to consent to access the app.")
  static let adminNeeded = TokenRefusal(
    error: "access_denied", code: 90094,
    text: "Admin consent is required for the permissions that this application asks for.")
}
