import Foundation
import LabServer
import PartnerModel
import Testing

@testable import PartnerContext

/// A real browser, where the machine has one: Debian's chromium.
@Suite(
  "A real browser", .serialized, .timeLimit(.minutes(5)),
  .enabled("chromium is not installed: scripts/test installs it") {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium")
  })
struct BrowserTests {
  private func use(_ body: (PersonRig, CertificateFolder) async throws -> Void) async throws {
    try await CertificateFolder.with { folder in try await PersonRig.use { rig in try await body(rig, folder) } }
  }

  /// Opens a page, and tells what it reads as in the end.
  private func open(_ url: String, scripts: Bool, in folder: CertificateFolder, _ page: SharedFlight<String>) {
    // A page's scripts alone: what the browser itself is asked for here is a script too.
    let setting = #"{"profile":{"default_content_setting_values":{"javascript":\#(scripts ? 1 : 2)}}}"#
    Thread.detachNewThread {
      do {
        try folder.shell(
          """
          export HOME="$PWD" XDG_CONFIG_HOME="$PWD/config" XDG_CACHE_HOME="$PWD/cache"
          mkdir -p profile/Default
          printf '%s' '\(setting)' >profile/Default/Preferences
          exec >page.html
          timeout 100 /usr/bin/chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
            --disable-background-networking --no-first-run --no-proxy-server --user-data-dir="$PWD/profile" \
            --dump-dom '\(url)'
          """)
        page.land(try folder.text("page.html"))
      } catch {
        page.land("no page: \(error) \((try? folder.text("log")) ?? "")")
      }
    }
  }

  /// Signs in by the browser.
  /// - Returns: what it ended on, and what came of it.
  private func signIn(_ rig: PersonRig, scripts: Bool, _ folder: CertificateFolder) async throws
    -> (page: String, outcome: Result<SignInStanding, any Error>)
  {
    let page = SharedFlight<String>()
    let waiting = Task {
      try await rig.context.signIn(
        at: home, expecting: nil,
        open: { url in
          open(url, scripts: scripts, in: folder, page)
          return BrowserOpening(openedBy: "chromium")
        }, tell: { _ in })
    }
    let text = try #require(await page.value())
    // A browser that came to nothing is not waited for.
    if !text.contains("<h1>") { waiting.cancel() }
    return (text, await waiting.result)
  }

  @Test(
    "The page that a sign-in ends on is plain, readable and says what happened, with scripts and without",
    arguments: [true, false])
  func signedIn(scripts: Bool) async throws {
    try await use { rig, folder in
      let (text, outcome) = try await signIn(rig, scripts: scripts, folder)
      #expect(text.contains("<h1>You are signed in</h1>"), "\(text.prefix(800))")
      let standing = try outcome.get()
      #expect(text.contains("\(standing.account) can act now."))
      #expect(text.contains("<title>You are signed in · partner-console</title>"))
      #expect(!text.contains("<script"))
    }
  }

  @Test("Who declines is told on the page, with scripts and without", arguments: [true, false])
  func declined(scripts: Bool) async throws {
    try await use { rig, folder in
      rig.lab.answer(signIn: .decline)
      let (text, outcome) = try await signIn(rig, scripts: scripts, folder)
      #expect(text.contains("<h1>The sign-in "), "\(text.prefix(800))")
      #expect(text.contains("The console says why"))
      #expect(throws: PartnerError.self) { try outcome.get() }
    }
  }
}
