import Foundation
import Testing

@testable import ConsoleApp

@Suite("The words of the command line")
struct CommandWordsTests {
  @Test(
    "Options may stand in front of a command and within its name; a command's own words stay where they are",
    arguments: [
      ("", ""), ("--demo", "--demo"), ("--config F tenants", "tenants --config F"),
      ("--config=F tenants", "tenants --config=F"),
      ("--config F --demo tenants @gold --refresh", "tenants --config F --demo @gold --refresh"),
      ("--log-level debug --log-file L incidents list", "incidents list --log-level debug --log-file L"),
      ("incidents --config F show T 7", "incidents show --config F T 7"),
      ("--output json token list", "token list --output json"),
      ("tenants --config F", "tenants --config F"), ("tenants bogus", "tenants bogus"),
      ("--view queue", "--view queue"),
      ("--config F ui --view queue", "ui --config F --view queue"), ("--config tenants", "--config tenants"),
      ("-h tenants", "tenants -h"), ("help incidents list", "help incidents list"), ("help", "help"),
      ("incidents", "incidents"),
      ("incidents --help", "incidents --help"), ("--bogus tenants", "tenants --bogus"), ("-- tenants", "-- tenants"),
      ("--config F lab", "lab --config F"),
    ])
  func ordered(words: String, result: String) throws {
    let ordered = try CommandWords.ordered(words.split(separator: " ").map(String.init), below: PartnerConsole.self)
    #expect(ordered.joined(separator: " ") == result)
  }

  @Test(
    "A command that does not exist is told as that, with what may have been meant and all that there are",
    arguments: [
      ("bogus", "there is no command “bogus”.\n"), ("--config F tenant", "“tenant”. Did you mean tenants?"),
      ("incidents lst --config F", "“incidents lst”. Did you mean incidents list?"),
      ("incident list", "Did you mean incidents list, or incidents show, or incidents update, or incidents merge,"),
      ("show T 7", "Did you mean incidents show, or audit show?"), ("help bogus", "“bogus”"),
      ("list", "Did you mean token list, or incidents list?"),
    ])
  func unknown(words: String, told: String) {
    let error = #expect(throws: CommandError.self) {
      try CommandWords.ordered(words.split(separator: " ").map(String.init), below: PartnerConsole.self)
    }
    #expect(error?.status == .usage)
    #expect(error?.message.contains(told) == true, "\(error?.message ?? "")")
    #expect(
      error?.message.contains(
        "Commands: ui, tenants, consent check, consent link, consent request, consent history, token list, ") == true)
  }

  @Test("A group of commands with options alone says which commands it has")
  func group() {
    let error = #expect(throws: CommandError.self) {
      try CommandWords.ordered(["incidents", "--output", "json"], below: PartnerConsole.self)
    }
    #expect(
      error?.message
        == "“incidents” alone does nothing. Commands: incidents list, incidents show, incidents update, incidents merge, incidents move-alerts."
    )
  }

  @Test("Every option of the console and of every command that takes a value is known to take one")
  func optionsWithValue() async throws {
    try await Workplace.with(tenants: 1) { place in
      let dump = try await place.run(bare: ["--experimental-dump-help"])
      let root = try #require((dump.json as? [String: Any])?["command"] as? [String: Any])
      let commands = try #require(root["subcommands"] as? [[String: Any]])
      let console = try #require(commands.first { $0["commandName"] as? String == "ui" })
      let options = (console["arguments"] as? [[String: Any]] ?? []).filter { $0["kind"] as? String == "option" }
      let names = options.flatMap { $0["names"] as? [[String: Any]] ?? [] }.compactMap { $0["name"] as? String }
      #expect(names.count >= 5)
      for name in names { #expect(CommandWords.optionsWithValue.contains("--\(name)"), "--\(name)") }
    }
  }

  @Test("In the program: common options in front of a command work, and its own mistakes are what is told")
  func program() async throws {
    try await Workplace.with(tenants: 1) { place in
      let front = try await place.run(bare: ["--config", place.configuration, "tenants", "--output", "json"])
      #expect(front.status == 0 && front.objects.count == 1, "\(front.words)")
      for command in [["--config", "F", "bogus"], ["bogus", "--config", "F"], ["incidents", "lst", "--config", "F"]] {
        let unknown = try await place.run(bare: command)
        #expect(unknown.status == 64 && unknown.output == "")
        #expect(unknown.words.contains("there is no command") && !unknown.words.contains("--view"))
      }
      let help = try await place.run(bare: ["--config", "F", "incidents", "list", "--help"])
      #expect(help.status == 0 && help.output.contains("USAGE: partner-console incidents list"))
    }
  }
}
