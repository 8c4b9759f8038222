import Foundation
import PartnerModel
import Testing

@Suite("What the consent page comes back with, and what is made of it")
struct ConsentAnswerTests {
  private static let tenant = Sample.tenant()

  private static func judged(_ query: String) -> ConsentAnswer {
    let items = query.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
    }
    return ConsentAnswer(items, tenant: tenant)
  }

  @Test(
    "H58, H59: error counts before admin_consent, tenant is a hint, and nothing but a clear yes leads on",
    arguments: [
      ("admin_consent=True&tenant=\(tenant)&state=s", .accepted), ("admin_consent=true", .accepted),
      ("admin_consent=True&tenant=not-a-guid", .accepted),
      ("admin_consent=True&tenant=\(tenant)&tenant=\(tenant.rawValue.uppercased())", .accepted),
      ("admin_consent=True&tenant=\(Sample.tenant(2))", .ended(.otherTenant(Sample.tenant(2).rawValue))),
      (
        "admin_consent=True&tenant=\(tenant)&tenant=\(Sample.tenant(2))",
        .ended(.otherTenant(Sample.tenant(2).rawValue))
      ),
      ("admin_consent=True&error=consent_required&error_description=AADSTS65004: No.", .ended(.declined)),
      ("error=permission_denied&error_description=The admin canceled the request", .ended(.declined)),
      ("error=access_denied&error_subcode=cancel", .ended(.declined)),
      ("error=access_denied&error_description=AADSTS90094: Admin.", .ended(.insufficientRights)),
      (
        "admin_consent=True&error=server_error&error_description=AADSTS1: Oh.",
        .ended(.refused(error: "server_error", words: "AADSTS1: Oh."))
      ),
      (
        "admin_consent=False",
        .ended(.refused(error: "admin_consent", words: "the page says that nothing was granted"))
      ),
      (
        "admin_consent=True&admin_consent=False",
        .ended(.refused(error: "admin_consent", words: "the page says that nothing was granted"))
      ),
      ("state=s", .ended(.refused(error: "admin_consent", words: "the page says neither yes nor no"))),
    ] as [(String, ConsentAnswer)])
  func answers(query: String, answer: ConsentAnswer) { #expect(Self.judged(query) == answer) }

  @Test("An error of any length is cut, and each end has a word, a clause and a next step")
  func words() {
    let long = String(repeating: "x", count: 5_000)
    guard case .ended(.refused(let error, let words)) = Self.judged("error=\(long)&error_description=\(long)") else {
      Issue.record("not refused")
      return
    }
    #expect(error.count == 300 && words.count == 300)
    let ends: [ConsentRequestEnd] = [
      .granted, .partial(missing: [.hunt]), .declined, .insufficientRights, .otherTenant("t"), .unanswered, .notSeenYet,
      .refused(error: "e", words: ""), .failed(PartnerError(.cancelled, tenant: nil)), .cancelled,
    ]
    #expect(Set(ends.map(\.name)).count == ends.count)
    #expect(ends.allSatisfy { !$0.summary.isEmpty && $0.nextAction.hasSuffix(".") && !$0.page.title.isEmpty })
  }

  @Test("A link asks for the app's own permissions in its cloud, with its state and where it ends")
  func link() throws {
    var app = AppRegistration(
      clientID: "c", homeTenant: Sample.tenant(9), cloud: .gccHigh, endpoints: try #require(Cloud.gccHigh.endpoints),
      credentials: [], permissions: [])
    #expect(AdminConsentLink(app: app, tenant: Self.tenant, state: "s") == nil)
    app.consentRedirect = "https://partner.example/a?b"
    #expect(
      AdminConsentLink(app: app, tenant: Self.tenant, state: "a b")?.url
        == "https://login.microsoftonline.us/\(Self.tenant)/v2.0/adminconsent?client_id=c"
        + "&scope=https%3A%2F%2Fgraph.microsoft.us%2F.default&redirect_uri=https%3A%2F%2Fpartner.example%2Fa%3Fb"
        + "&state=a%20b")
    let local = AdminConsentLink(app: app, tenant: Self.tenant, redirect: "http://localhost:7/", state: "s")
    #expect(local.url.contains("redirect_uri=http%3A%2F%2Flocalhost%3A7%2F&"))
  }
}

@Suite("Changes of consent, and what the directory says of it")
struct ConsentChangeTests {
  private static func record(_ state: ConsentState, _ roles: String...) -> ConsentRecord {
    ConsentRecord(state: state, granted: roles.map { AppRole($0) })
  }

  @Test("A change is written so that it can be read back, and an older entry tells its states")
  func sentence() throws {
    let change = ConsentChange(
      of: Sample.tenant(), from: Self.record(.granted, "A.Read", "B.Read"), to: Self.record(.partial, "A.Read", "C"),
      at: Sample.noon)
    #expect(change.sentence == "granted to partial; gained C; lost B.Read")
    let read = try #require(ConsentChange(sentence: change.sentence, tenant: Sample.tenant(), at: Sample.noon))
    #expect(read == change)
    let old = try #require(ConsentChange(sentence: "granted to missing", tenant: Sample.tenant(), at: Sample.noon))
    #expect(old.before == .granted && old.after == .missing && old.gained.isEmpty && old.lost.isEmpty)
    for foreign in ["", "granted", "granted to heaven", "x to granted", "consent was asked for: granted"] {
      #expect(ConsentChange(sentence: foreign, tenant: Sample.tenant(), at: Sample.noon) == nil)
    }
  }

  @Test("A permission's name from outside cannot forge another part of the sentence")
  func forged() throws {
    let change = ConsentChange(
      of: Sample.tenant(), from: Self.record(.notGranted), to: Self.record(.granted, "A; lost B, C\n"), at: Sample.noon)
    let read = try #require(ConsentChange(sentence: change.sentence, tenant: Sample.tenant(), at: Sample.noon))
    #expect(read.gained == [AppRole("A__lost_B__C_")] && read.lost.isEmpty)
  }

  @Test("Where nothing is known of the permissions, none is lost")
  func unknown() {
    let change = ConsentChange(
      of: Sample.tenant(), from: Self.record(.granted, "A"), to: Self.record(.unknown), at: Sample.noon)
    #expect(change.lost.isEmpty)
  }

  @Test("The directory beside the token: what lags, what is withdrawn; beside a refusal neither")
  func directory() {
    let directory = DirectoryConsent(checkedAt: Sample.noon, granted: [AppRole("A"), AppRole("B")])
    #expect(directory.lagging(behind: Self.record(.partial, "B", "C")) == [AppRole("A")])
    #expect(directory.withdrawn(from: Self.record(.partial, "B", "C")) == [AppRole("C")])
    #expect(directory.lagging(behind: Self.record(.missing)).isEmpty)
  }

  @Test("A change is unseen until somebody looked after it")
  func drift() {
    let noon = Sample.noon
    #expect(!ConsentDrift.none.isUnseen)
    #expect(ConsentDrift(changedAt: noon).isUnseen)
    #expect(ConsentDrift(changedAt: noon, seenAt: noon - 1).isUnseen)
    #expect(!ConsentDrift(changedAt: noon, seenAt: noon).isUnseen)
  }
}
