import FoundationEssentials
import PartnerContext
import PartnerModel

/// Gives a page of Entra ID to the operator's browser: `$BROWSER` where it is set, else the desktop's own program.
///
/// It answers as soon as a program has taken the page, so that whoever waits for the sign-in is never kept by it (F74).
struct SignInBrowser: Sendable {
  /// Where pages may lie.
  var authorities: Set<Origin>
  var environment: @Sendable (String) -> String?

  /// How long a program is watched for an end at once, which says that it opened nothing.
  private static let attention = Duration.milliseconds(1500)

  func open(_ url: String) async -> BrowserOpening {
    guard let (origin, _) = Origin.split(url), authorities.contains(origin),
      origin.scheme == "https" || origin.isLoopback
    else { return BrowserOpening(reason: "the page does not lie at the app's own authority") }
    let path = ProgramPath(environment("PATH"))
    var reasons: [String] = []
    for command in commands(url, path, &reasons) {
      let variables = PortalOpener.inherited.compactMap { name in environment(name).map { "\(name)=\($0)" } }
      do throws(DesktopProgram.Failure) {
        let program = try DesktopProgram.start(
          command.program, command.arguments, environment: ["PATH=\(path.text)"] + variables)
        guard let reason = await Self.refusal(of: program) else { return BrowserOpening(openedBy: command.name) }
        reasons.append(reason)
      } catch {
        reasons.append(error.reason)
      }
    }
    return BrowserOpening(reason: reasons.joined(separator: "; "))
  }

  private struct Command {
    var name: String
    var program: String
    var arguments: [String]
  }

  private func commands(_ url: String, _ path: ProgramPath, _ reasons: inout [String]) -> [Command] {
    var commands: [Command] = []
    // Several may be named, the first that works is taken; `%s` stands for the page.
    for text in (environment("BROWSER") ?? "").split(separator: ":") {
      do throws(ShellWords.Refusal) {
        let words = try ShellWords.split(String(text), home: environment("HOME"))
        guard let name = words.first else { continue }
        guard let program = name.contains("/") ? path.safe(name) : path.program(name) else {
          reasons.append("\(name), which BROWSER names, is not there, or others may change it")
          continue
        }
        let hasPlace = words.dropFirst().contains { $0.contains("%s") }
        let arguments = words.dropFirst().map { $0.replacing("%s", with: url) } + (hasPlace ? [] : [url])
        commands.append(Command(name: name, program: program, arguments: arguments))
      } catch {
        reasons.append("BROWSER cannot be read: \(error.reason)")
      }
    }
    if !commands.isEmpty || !reasons.isEmpty { return commands }
    let isWindows = has("WSL_DISTRO_NAME")
    guard isWindows || has("DISPLAY") || has("WAYLAND_DISPLAY") else {
      reasons.append("there is no desktop here (DISPLAY, WAYLAND_DISPLAY, BROWSER are not set)")
      return []
    }
    let names = isWindows ? ["xdg-open", "wslview"] : ["xdg-open"]
    for name in names {
      if let program = path.program(name) { return [Command(name: name, program: program, arguments: [url])] }
    }
    reasons.append("\(names.joined(separator: " or ")) is not installed")
    return []
  }

  /// Why it opened nothing; `nil` where it did, or is still at it.
  private static func refusal(of program: DesktopProgram) async -> String? {
    let end = ContinuousClock.now + attention
    var pause = Duration.milliseconds(10)
    while ContinuousClock.now < end {
      switch program.ended() {
      case .well: return nil
      case .badly(let reason): return reason
      case nil: break
      }
      do { try await Task.sleep(for: pause) } catch { break }
      pause = min(pause * 2, .milliseconds(200))
    }
    program.letGo()
    return nil
  }

  private func has(_ variable: String) -> Bool { environment(variable).map { !$0.isEmpty } ?? false }
}
