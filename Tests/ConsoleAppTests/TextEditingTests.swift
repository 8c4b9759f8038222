import ConsoleCore
import Foundation
import Glibc
import NcursesDriver
import Testing

@testable import ConsoleApp

@Suite("A text in the operator's editor")
struct TextEditingTests {
  @Test(
    "The editor's name is split like words of a shell, without one",
    arguments: [
      ("vi", ["vi"]), ("  code   --wait ", ["code", "--wait"]), ("'my editor' -x", ["my editor", "-x"]),
      (#""a b"'c d'e"#, ["a bc de"]), (#"a\ b \'"#, ["a b", "'"]), (#""a\"b\\\n""#, [#"a"b\\n"#]), ("''", [""]),
      ("~/bin/ed", ["/home/anna/bin/ed"]), ("a~/b", ["a~/b"]), ("'~/b'", ["~/b"]),
      ("emacs -nw *.c #1", ["emacs", "-nw", "*.c", "#1"]),
    ] as [(String, [String])])
  func words(text: String, expected: [String]) throws {
    #expect(try ShellWords.split(text, home: "/home/anna") == expected)
  }

  @Test(
    "What only a shell understands is refused",
    arguments: [
      "vi | tee", "vi; id", "$HOME/vi", "\"$HOME/vi\"", "`which vi`", "vi > x", "'vi", "\"vi", "vi\\", "a\nb", "(vi)",
      "vi &",
    ])
  func refusedWords(text: String) { #expect(throws: ShellWords.Refusal.self) { try ShellWords.split(text, home: "/") } }

  /// A folder of this test, for scripts and for what the editing leaves.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "editing-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func environment(_ folder: String, _ more: [String: String] = [:]) -> [String: String] {
    ["TMPDIR": folder, "PATH": "/usr/bin:/bin", "HOME": folder].merging(more) { $1 }
  }

  /// What the editor left behind, as if it had written these bytes.
  private func outcome(
    of bytes: [UInt8]?, _ end: GuestEnd = .exited(0), change: (String) throws -> Void = { _ in }
  ) throws -> TextEdit {
    var outcome: TextEdit?
    try withFolder { folder in
      let editing = try TextEditing.begin("old", environment: environment(folder, ["VISUAL": "/bin/true"]))
      let file = try #require(editing.program.arguments.last)
      if let bytes { try Data(bytes).write(to: URL(filePath: file)) }
      try change(file)
      outcome = editing.outcome(end)
      editing.remove()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
    return try #require(outcome)
  }

  @Test("Invariant 16: the text is in a file of mode 0600 in a folder of mode 0700, both new")
  func modes() throws {
    try withFolder { folder in
      let editing = try TextEditing.begin("Grüße\nline", environment: environment(folder, ["EDITOR": "true"]))
      let file = try #require(editing.program.arguments.last)
      func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      }
      #expect(try mode(file) == 0o600)
      #expect(try mode(URL(filePath: file).deletingLastPathComponent().path) == 0o700)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "Grüße\nline\n")
      #expect(editing.program.path == "/usr/bin/true" || editing.program.path == "/bin/true")
      #expect(editing.outcome(.exited(0)) == .changed("Grüße\nline"))
      editing.remove()
    }
  }

  @Test("Invariant 17: the editor gets what it needs of the environment, and nothing else")
  func cleanEnvironment() throws {
    try withFolder { folder in
      let more = [
        "VISUAL": "true -x", "LC_TIME": "C", "VIMINIT": "set nu", "PARTNER_SECRET": "canary", "LD_PRELOAD": "x",
      ]
      let editing = try TextEditing.begin("", environment: environment(folder, more))
      editing.remove()
      let names = editing.program.environment.map { $0.prefix { $0 != "=" } }
      #expect(names == ["HOME", "LC_TIME", "PATH", "TMPDIR", "VIMINIT", "VISUAL"])
      #expect(editing.program.arguments.first == "-x")
    }
  }

  @Test(
    "An editor that cannot be found or named is told, with the variable that names it",
    arguments: [
      (
        ["VISUAL": "no-such-editor -x", "EDITOR": "true"],
        "VISUAL is “no-such-editor -x”, and there is no program no-such-editor."
      ),
      (["VISUAL": " ", "EDITOR": "/nowhere/ed"], "EDITOR is “/nowhere/ed”, and there is no program /nowhere/ed."),
      (
        ["EDITOR": "vi | tee"],
        "EDITOR is “vi | tee”: only a shell understands its “|”. Put it into a script, and name that."
      ),
      (["EDITOR": "''"], "EDITOR is “''”: it names no program."),
      (["EDITOR": "/tmp"], "EDITOR is “/tmp”, and there is no program /tmp."),
      (["PATH": "/nowhere", "EDITOR": ""], nil),
    ] as [([String: String], String?)])
  func missingEditor(variables: [String: String], reason: String?) throws {
    try withFolder { folder in
      switch Result(catching: { try TextEditing.begin("x", environment: environment(folder, variables)) }) {
      case .success(let editing):
        editing.remove()
        #expect(reason == nil && editing.program.path.hasSuffix("/vi"))
      case .failure(let error):
        let words = (error as? TextEditing.Failure)?.reason ?? ""
        #expect(words.hasPrefix(reason ?? "VISUAL and EDITOR are not set, and there is no program vi."))
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left == [])
    }
  }

  @Test("What comes back is the text without the mark and the line ends that editors add")
  func changed() throws {
    #expect(try outcome(of: Array("new\n\n".utf8)) == .changed("new"))
    #expect(try outcome(of: [0xEF, 0xBB, 0xBF] + Array("a\r\nb\r\n".utf8)) == .changed("a\r\nb"))
    #expect(try outcome(of: []) == .changed(""))
  }

  @Test("What cannot be taken leaves the old text, and why is said")
  func kept() throws {
    let rest = ", so the text stays as it was."
    #expect(try outcome(of: [0x61, 0xFF]) == .kept(reason: "what true wrote is not UTF-8" + rest))
    #expect(
      try outcome(of: [UInt8](repeating: 0x61, count: 1 << 20 + 1))
        == .kept(reason: "what true wrote is longer than 1 MiB" + rest))
    #expect(try outcome(of: nil) { unlink($0) } == .kept(reason: "true left no file behind" + rest))
    #expect(
      try outcome(of: nil) { file in
        unlink(file)
        symlink("/etc/passwd", file)
      } == .kept(reason: "true left no file behind" + rest))
    #expect(
      try outcome(of: nil) { file in
        unlink(file)
        mkfifo(file, 0o600)
      } == .changed(""))
    #expect(try outcome(of: Array("x".utf8), .exited(3)) == .kept(reason: "true ended with 3" + rest))
    #expect(try outcome(of: Array("x".utf8), .killed(9)) == .kept(reason: "true was ended by signal 9" + rest))
  }
}
