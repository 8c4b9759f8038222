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
    let setting = scripts ? "" : "--blink-settings=scriptEnabled=false"
    Thread.detachNewThread {
      do {
        try folder.shell(
          """
          export HOME="$PWD" XDG_CONFIG_HOME="$PWD/config" XDG_CACHE_HOME="$PWD/cache"
          exec >page.html
          timeout 100 /usr/bin/chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
            --disable-background-networking --no-first-run --no-proxy-server --user-data-dir="$PWD/profile" \
            \(setting) --dump-dom '\(url)'
          """)
        page.land(try folder.text("page.html"))
      } catch {
        page.land("no page: \(error) \((try? folder.text("log")) ?? "")")
      }
    }
  }

  @Test(
    "The page that a sign-in ends on is plain, readable and says what happened, with scripts and without",
    arguments: [true, false])
  func signedIn(scripts: Bool) async throws {
    try await use { rig, folder in
      let page = SharedFlight<String>()
      let standing = try await rig.context.signIn(
        at: home, expecting: nil,
        open: { url in
          open(url, scripts: scripts, in: folder, page)
          return BrowserOpening(openedBy: "chromium")
        }, tell: { _ in })
      let text = try #require(await page.value())
      #expect(text.contains("<h1>You are signed in</h1>"), "\(text.prefix(800))")
      #expect(text.contains("\(standing.account) can act now."))
      #expect(text.contains("<title>You are signed in · partner-console</title>"))
      #expect(!text.contains("<script"))
    }
  }

  @Test("Who declines is told on the page, with scripts and without", arguments: [true, false])
  func declined(scripts: Bool) async throws {
    try await use { rig, folder in
      rig.lab.answer(signIn: .decline)
      let page = SharedFlight<String>()
      _ = try await failure {
        try await rig.context.signIn(
          at: home, expecting: nil,
          open: { url in
            open(url, scripts: scripts, in: folder, page)
            return BrowserOpening(openedBy: "chromium")
          }, tell: { _ in })
      }
      let text = try #require(await page.value())
      #expect(text.contains("<h1>The sign-in "), "\(text.prefix(800))")
      #expect(text.contains("The console says why"))
    }
  }
}
