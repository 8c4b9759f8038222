import Foundation
import Glibc
import LabServer
import PseudoTerminal
import Testing

@Suite("Opening a portal link", .serialized)
struct PortalTests {
  /// A folder with a program that stands for the desktop's.
  private func desktop(_ place: Workplace, _ script: String, folder: String = "bin", mode: Int = 0o700) throws -> String
  {
    let path = place.home.appending(path: folder).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let program = path + "/xdg-open"
    // Written by a process of its own: a child that another test starts meanwhile would hold the file open, and what is
    // open to be written cannot be run.
    let writer = Process()
    writer.executableURL = URL(filePath: "/bin/sh")
    writer.arguments = ["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\" && chmod 755 \"$0\"", program, script]
    try writer.run()
    writer.waitUntilExit()
    try #require(writer.terminationStatus == 0)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  private func offered(_ place: Workplace, _ environment: [String: String]) throws -> PseudoTerminal {
    let terminal = try place.console("--view", "queue", environment: environment)
    try terminal.type("", until: "ok 1")
    try terminal.type("", until: "portal")
    try terminal.type("o", until: "o or Enter opens it")
    try terminal.write("\r")
    return terminal
  }

  @Test(
    "B25: a browser that does not open is told with its reason, and the link stands there whole",
    arguments: [
      (
        "echo; echo '  xdg-open: no method available' >&2; echo more >&2; exit 3",
        "Not opened: xdg-open: no method available. Copy the link:"
      ),
      ("exit 4", "Not opened: xdg-open: it ended with 4. Copy the link:"),
    ])
  func failing(script: String, words: String) async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        let path = try desktop(place, script)
        let terminal = try offered(place, ["PATH": "\(path):/usr/bin:/bin", "DISPLAY": ":77"])
        try terminal.type("", until: words)
        try terminal.type("", until: "https://security.microsoft.com/incident2/")
        try terminal.quit()
      }
    }
  }

  @Test("B25: what opens is told as opened; the program gets the link, its session and nothing else of ours")
  func opening() async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        let seen = place.home.appending(path: "seen").path
        let path = try desktop(place, "{ echo \"$@\"; env; ls /proc/self/fd; } >\(seen)")
        let terminal = try offered(
          place,
          [
            "PATH": "\(path):relative:/tmp:/usr/bin:/bin", "WAYLAND_DISPLAY": "wayland-7", "BROWSER": "firefox",
            "XDG_DATA_DIRS": "/opt/share", "WSLENV": "x", "HTTPS_PROXY": "http://u:canary@proxy.example",
            "CLIENT_SECRET": "canary",
            "LD_PRELOAD": "",
          ])
        try terminal.type("", until: "Opened security.microsoft.com.")
        try terminal.quit()
        let text = try String(contentsOfFile: seen, encoding: .utf8)
        #expect(text.hasPrefix("https://security.microsoft.com/incident2/"))
        for line in ["WAYLAND_DISPLAY=wayland-7", "BROWSER=firefox", "XDG_DATA_DIRS=/opt/share", "WSLENV=x"] {
          #expect(text.contains(line), "\(line)")
        }
        let search = text.split(separator: "\n").first { $0.hasPrefix("PATH=") }
        #expect(search?.hasPrefix("PATH=\(path):/usr/bin:/bin") ?? false, "\(search ?? "")")
        #expect(search?.split(separator: ":").contains("/tmp") == false, "others can write there")
        #expect(!text.contains("canary") && !text.contains("LD_PRELOAD") && !text.contains("PARTNER_CONSOLE"))
      }
    }
  }

  @Test("B25: a slow browser holds up no key, and is not told as opened")
  func slow() async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        let path = try desktop(place, "exec sleep 600")
        let terminal = try offered(place, ["PATH": "\(path):/usr/bin:/bin", "DISPLAY": ":77"])
        try terminal.type("?", until: "half a page down")
        try terminal.write("\u{1B}")
        try terminal.type("", until: "has not answered yet")
        #expect(!String(decoding: terminal.transcript, as: UTF8.self).contains("Opened "))
        try terminal.quit()
      }
    }
  }

  @Test(
    "Invariant 17: a program where others may write is not run; without a desktop the link is shown with the reason")
  func unsafeFolder() async throws {
    try await Workplace.with(tenants: 1) { place in
      try await onThread {
        let mark = place.home.appending(path: "ran").path
        let path = try desktop(place, "touch \(mark)", folder: "open", mode: 0o777)
        let terminal = try offered(place, ["PATH": path, "DISPLAY": ":77"])
        try terminal.type("", until: "Copy the link:")
        try terminal.quit()
        #expect(!FileManager.default.fileExists(atPath: mark))
        let bare = try offered(place, [:])
        try bare.type("", until: "Not opened: there is no desktop here")
        try bare.quit()
      }
    }
  }
}
