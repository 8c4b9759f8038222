import ConsoleCore
import PartnerContext
import PartnerModel

/// Opens a checked portal link with the desktop's own program, and tells what came of it.
///
/// A program that stays is not waited for: some are the browser itself.
struct PortalOpener: Sendable {
  var hosts: Set<String>
  var environment: @Sendable (String) -> String?

  /// How long the program may take before it is said that it is still at it.
  private static let patience = Duration.seconds(5)
  /// How long its failure is still told.
  private static let attention = Duration.seconds(60)
  /// What a desktop program needs to find its session and its browser; nothing else of our environment reaches it.
  static let inherited = [
    "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "BROWSER",
    "DBUS_SESSION_BUS_ADDRESS", "DESKTOP_SESSION", "KDE_FULL_SESSION", "KDE_SESSION_VERSION", "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME", "XDG_CURRENT_DESKTOP", "XDG_DATA_DIRS", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_SESSION_TYPE",
    "WSL_DISTRO_NAME", "WSL_INTEROP", "WSLENV",
  ]

  /// - Parameter tell: called with each thing that there is to say.
  func open(_ url: String, of tenant: TenantID, tell: @Sendable (PortalOpening) -> Void) async {
    guard case .allowed(let host, _) = PortalLink.check(url, hosts: hosts, tenant: tenant) else {
      return tell(.refused(reason: "the link does not lead to a Defender portal of the incident's tenant"))
    }
    let isWindows = has("WSL_DISTRO_NAME")
    guard isWindows || has("DISPLAY") || has("WAYLAND_DISPLAY") || has("BROWSER") else {
      return tell(.shown(url: url, reason: "there is no desktop here (DISPLAY, WAYLAND_DISPLAY, BROWSER are not set)"))
    }
    let path = ProgramPath(environment("PATH"))
    let names = isWindows ? ["xdg-open", "wslview"] : ["xdg-open"]
    guard let program = names.lazy.compactMap(path.program).first else {
      return tell(.shown(url: url, reason: "\(names.joined(separator: " or ")) is not installed"))
    }
    let variables = Self.inherited.compactMap { name in environment(name).map { "\(name)=\($0)" } }
    do throws(DesktopProgram.Failure) {
      let started = try DesktopProgram.start(program, [url], environment: ["PATH=\(path.text)"] + variables)
      await follow(started, url, host, tell)
    } catch {
      tell(.shown(url: url, reason: error.reason))
    }
  }

  private func follow(
    _ program: DesktopProgram, _ url: String, _ host: String, _ tell: @Sendable (PortalOpening) -> Void
  ) async {
    let begun = ContinuousClock.now
    var isTold = false
    var pause = Duration.milliseconds(20)
    while begun + Self.attention > .now {
      switch program.ended() {
      case .well: return tell(.opened(host: host))
      case .badly(let reason): return tell(.shown(url: url, reason: reason))
      case nil: break
      }
      if !isTold, begun + Self.patience <= .now {
        isTold = true
        tell(.handedOn(host: host))
      }
      try? await Task.sleep(for: pause)
      pause = min(pause * 3 / 2, .seconds(1))
    }
    program.letGo()
  }

  private func has(_ variable: String) -> Bool { environment(variable).map { !$0.isEmpty } ?? false }
}
