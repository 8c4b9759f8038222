import Foundation
import PartnerModel
import PartnerOperations
import Synchronization
import Testing

@Suite("As a person in customers' tenants: each refusal told apart by what our own tenant knows")
struct AccessTests {
  private static let scopes = ["SecurityIncident.ReadWrite.All", "SecurityAlert.Read.All"]
  private static let reader = "5d6b6bb7-de71-4623-b4af-96380a352509"
  private static let group = "77777777-0000-4000-8000-000000000001"

  private static func relation(_ number: Int, status: String = "active", days: Double = 300) -> String {
    let end = Timestamp(Date().addingTimeInterval(days * 86_400))
    return #"{"id":"r\#(number)","displayName":"Security \#(number)","status":"\#(status)","endDateTime":"\#(end)","#
      + #""customer":{"tenantId":"\#(PlayedEntra.id(number))"},"#
      + #""accessDetails":{"unifiedRoles":[{"roleDefinitionId":"\#(reader)"}]}}"#
  }

  /// 1 good, 2 ending, 3 no relation, 4 expired, 5 in no group, 6 not consented, 7 inbound policy, 8 role missing,
  /// 9 nobody signed in any more.
  private static func play(_ request: PlayedEntra.Request) -> (Int, String) {
    let number = (1...9).first { PlayedEntra.id($0).rawValue == request.tenant }
    if request.path == "token" {
      return switch number {
      case 3, 4, 5: PlayedEntra.refusal(50_020)
      case 6: PlayedEntra.refusal(65_001)
      case 7: PlayedEntra.refusal(500_213, "access_denied")
      case 9: PlayedEntra.refusal(50_173)
      default: PlayedEntra.token(request.tenant, scopes: scopes)
      }
    }
    if request.path.hasPrefix("/tenantRelationships/delegatedAdminRelationships/r5/accessAssignments") {
      return (
        200,
        #"{"value":[{"id":"a","status":"active","accessContainer":{"accessContainerId":"\#(group)"},"#
          + #""accessDetails":{"unifiedRoles":[{"roleDefinitionId":"\#(reader)"}]}}]}"#
      )
    }
    if request.path.hasPrefix("/tenantRelationships/delegatedAdminRelationships?") {
      let all = [
        relation(1), relation(2, status: "expiring", days: 12), relation(4, status: "terminated", days: -3),
        relation(5),
        relation(8), relation(50),
      ]
      return (200, #"{"value":[\#(all.joined(separator: ","))]}"#)
    }
    if request.path == "/me/checkMemberGroups" { return (200, #"{"value":[]}"#) }
    if number == 8 { return (403, #"{"error":{"code":"Forbidden","message":"No role."}}"#) }
    return (200, #"{"value":[]}"#)
  }

  private static let names = (1...9).map { "Tenant \($0)" }

  @Test(
    "What keeps a person out is told apart: each has its state, its code and what to do; the relationships are told per tenant"
  )
  func refusals() async throws {
    let asked = Mutex<[PlayedEntra.Request]>([])
    try await PlayedEntra.with(Self.names, isPersonal: true) { request in
      asked.withLock { $0.append(request) }
      return Self.play(request)
    } _: { (played) async throws in
      for tenant in played.tenants.dropLast() { _ = await played.engine.checkConsent(in: tenant) }
      #expect(try await played.row(3).access.state == .noRelation, "before the relationships are known")
      await played.engine.sync(played.tenants[7], priority: .foreground)
      #expect(await played.engine.readRelations() == nil)
      _ = await played.engine.checkConsent(in: played.tenants[8])
      let expected: [(AccessState, Int?)] = [
        (.ok, nil), (.ending, nil), (.noRelation, 50_020), (.relationExpired, 50_020), (.notInGroup, 50_020),
        (.notConsented, 65_001), (.blockedByPolicy, 500_213), (.roleMissing, 403), (.signInNeeded, 50_173),
      ]
      for (index, (state, code)) in expected.enumerated() {
        let access = try await played.row(index).access
        #expect(access.state == state, "tenant \(index + 1): \(String(describing: access.error))")
        #expect(access.error?.code == code, "tenant \(index + 1)")
        if state != .ok { #expect(access.error?.cause == state.rawValue && access.error?.nextAction.isEmpty == false) }
        #expect(access.checkedAt != nil, "tenant \(index + 1)")
      }
      #expect(try await played.row(0).access.relations.map(\.displayName) == ["Security 1"])
      #expect(try await played.row(4).access.relations.first?.assignments?.first?.holdsOperator == false)
      #expect(try await played.row(0).consent.state == .granted, "scopes count like roles")
      // Groups are asked about where an account was refused, and nowhere else.
      let paths = asked.withLock { $0.map(\.path) }
      #expect(paths.count { $0.contains("/accessAssignments") } == 1)
      #expect(paths.count { $0 == "/me/checkMemberGroups" } == 1)
      #expect(await played.engine.relationProblem() == nil)
    }
  }

  @Test("The relationships are read once an hour; a refusal of our own tenant keeps what was known, and is told")
  func pace() async throws {
    let clock = Mutex(Date())
    let refuses = Mutex(false)
    let readings = Mutex(0)
    try await PlayedEntra.with(Self.names, isPersonal: true, now: { clock.withLock { $0 } }) { request in
      if request.path.hasPrefix("/tenantRelationships/delegatedAdminRelationships?") {
        readings.withLock { $0 += 1 }
        if refuses.withLock({ $0 }) {
          return (403, #"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}"#)
        }
      }
      return Self.play(request)
    } _: { (played) async throws in
      for seconds in [0, 10, 3_500, 200] as [TimeInterval] {
        clock.withLock { $0 += seconds }
        #expect(await played.engine.readRelations(ifDue: true) == nil)
      }
      #expect(readings.withLock { $0 } == 2)
      refuses.withLock { $0 = true }
      #expect(await played.engine.readRelations()?.cause == .appRoleMissing([.readRelations]))
      #expect(await played.engine.relationProblem()?.cause == "appRoleMissing")
      #expect(try await played.row(0).access.relations.count == 1)
    }
  }

  @Test("Where nobody acts as a person and no app may read them, our own tenant is never asked")
  func notAsked() async throws {
    let asked = Mutex(0)
    try await PlayedEntra.with(["Contoso"], isPersonal: false) { request in
      asked.withLock { $0 += 1 }
      return Self.play(request)
    } _: { (played) async throws in
      #expect(!played.engine.concernsRelations)
      #expect(await played.engine.readRelations() == nil)
      #expect(asked.withLock { $0 } == 0)
      #expect(try await played.row(0).access.state == .notNeeded)
    }
  }

  @Test("As the app they are read where it may, and nobody's membership is asked for")
  func asApp() async throws {
    let asked = Mutex<[String]>([])
    try await PlayedEntra.with(
      Self.names, isPersonal: false, change: { $0.app.permissions.append(.readRelations) }
    ) { request in
      asked.withLock { $0.append(request.path) }
      if request.path == "token" { return PlayedEntra.token(request.tenant, roles: Self.scopes) }
      return Self.play(request)
    } _: { (played) async throws in
      #expect(await played.engine.readRelations() == nil)
      #expect(try await played.row(1).access.relations.first?.status == "expiring")
      #expect(try await played.row(1).access.state == .notNeeded)
      #expect(!asked.withLock { $0 }.contains { $0.contains("/me/") || $0.contains("accessAssignments") })
    }
  }
}

@Suite("A consent that the tenant's directory confirms, or contradicts")
struct DirectoryCheckTests {
  private static let own = "99999999-0000-4000-8000-000000000001"
  private static let graph = "99999999-0000-4000-8000-000000000002"
  private static let update = "34bf0e97-1971-4929-b999-9e2442d941d7"
  private static let alerts = "472e4a4d-bb4a-4026-98d1-0b0d74cb74a5"

  private static func answer(_ path: String, granted: [String], isEnabled: Bool = true, isThere: Bool = true) -> (
    Int, String
  ) {
    if path.contains("/appRoleAssignments") {
      let items = granted.map {
        #"{"appRoleId":"\#($0)","principalId":"\#(own)","resourceId":"\#(graph)"}"#
      }
      return (200, #"{"value":[\#(items.joined(separator: ","))]}"#)
    }
    if path.contains("00000003-") {
      return (200, #"{"id":"\#(graph)","appId":"00000003-0000-0000-c000-000000000000"}"#)
    }
    guard isThere else { return (404, #"{"error":{"code":"Request_ResourceNotFound","message":"No."}}"#) }
    return (200, #"{"id":"\#(own)","appId":"11111111-2222-3333-4444-555555555555","accountEnabled":\#(isEnabled)}"#)
  }

  @Test("A grant that lags is looked for again with patience, and told; then it is granted")
  func lag() async throws {
    let tokens = Mutex(0)
    let told = Mutex<[String]>([])
    try await PlayedEntra.with(["Contoso"], isPersonal: false) { request in
      guard request.path == "token" else { return Self.answer(request.path, granted: [Self.update, Self.alerts]) }
      let number = tokens.withLock { count in
        count += 1
        return count
      }
      let roles = ["SecurityIncident.ReadWrite.All", "Application.Read.All"]
      return PlayedEntra.token(request.tenant, roles: number > 2 ? roles + ["SecurityAlert.Read.All"] : roles)
    } _: { (played) async throws in
      let patience = Patience { _, error, _ in told.withLock { $0.append(error.causeName) } }
      let first = await played.engine.probeConsent(in: played.tenants[0], patience: .none)
      #expect(first.row.consent.state == .partial && first.row.consent.error?.cause == "grantLags")
      #expect(first.row.directory?.lagging(behind: first.row.consent) == [.readAlerts])
      #expect(first.lag?.cause == .grantLags([.readAlerts]))
      let later = await played.engine.probeConsent(in: played.tenants[0], patience: patience, sleep: { _ in })
      #expect(later.row.consent.state == .granted && later.failure == nil)
      #expect(told.withLock { $0 } == ["grantLags"])
      #expect(tokens.withLock { $0 } == 3)
    }
  }

  @Test("A directory without the app, or with a disabled one, counts against the token of a moment ago")
  func refuted() async throws {
    for (isThere, isEnabled, state) in [(false, true, ConsentState.missing), (true, false, .disabled)] {
      try await PlayedEntra.with(["Contoso"], isPersonal: false) { request in
        request.path == "token"
          ? PlayedEntra.token(request.tenant, roles: ["SecurityIncident.ReadWrite.All", "Application.Read.All"])
          : Self.answer(request.path, granted: [], isEnabled: isEnabled, isThere: isThere)
      } _: { (played) async throws in
        let row = await played.engine.checkConsent(in: played.tenants[0])
        #expect(row.consent.state == state && row.consent.error?.cause == state.rawValue)
        #expect(try await played.row(0).consent.state == state)
      }
    }
  }

  @Test("Without the permission nobody looks, and a directory that fails leaves the token's word alone")
  func alone() async throws {
    let looked = Mutex(0)
    for roles in [["SecurityIncident.ReadWrite.All"], ["SecurityIncident.ReadWrite.All", "Application.Read.All"]] {
      try await PlayedEntra.with(["Contoso"], isPersonal: false) { request in
        if request.path == "token" { return PlayedEntra.token(request.tenant, roles: roles) }
        looked.withLock { $0 += 1 }
        return (403, #"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}"#)
      } _: { (played) async throws in
        let row = await played.engine.checkConsent(in: played.tenants[0])
        #expect(row.consent.state == .partial && row.directory == nil)
        #expect(row.consent.error?.cause == "appRoleMissing")
      }
    }
    #expect(looked.withLock { $0 } == 1)
  }
}
