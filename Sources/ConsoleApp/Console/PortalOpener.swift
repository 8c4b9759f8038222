import CSpawn
import ConsoleCore
import Glibc
import PartnerModel

/// Opens a checked portal link with the desktop's own program; without a desktop it shows the link.
struct PortalOpener {
  var hosts: Set<String>
  var environment: @Sendable (String) -> String?

  /// The desktop's programs live here; the operator's own PATH takes no part.
  private static let path = "/usr/local/bin:/usr/bin:/bin"
  /// What a desktop program needs to find its session; nothing else of our environment reaches it.
  private static let inherited = [
    "HOME", "USER", "LANG", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "XDG_CURRENT_DESKTOP",
    "DBUS_SESSION_BUS_ADDRESS", "BROWSER",
  ]

  func open(_ url: String, of tenant: TenantID) -> PortalOpening {
    guard case .allowed(let host, _) = PortalLink.check(url, hosts: hosts, tenant: tenant) else {
      return .refused(reason: "the link does not lead to a Defender portal of the incident's tenant")
    }
    let hasDesktop = environment("DISPLAY") != nil || environment("WAYLAND_DISPLAY") != nil
    guard hasDesktop, Self.isInstalled("setsid"), Self.isInstalled("xdg-open"), spawn(url) else {
      return .shown(url: url)
    }
    return .opened(host: host)
  }

  private static func isInstalled(_ program: String) -> Bool {
    path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
  }

  /// `setsid --fork` returns at once, so a browser that hangs keeps nothing of ours.
  private func spawn(_ url: String) -> Bool {
    var argv: [UnsafeMutablePointer<CChar>?] = []
    for argument in ["setsid", "--fork", "xdg-open", url] { argv.append(strdup(argument)) }
    argv.append(nil)
    var envp: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=\(Self.path)")]
    for name in Self.inherited {
      if let value = environment(name) { envp.append(strdup("\(name)=\(value)")) }
    }
    envp.append(nil)
    defer { for text in argv + envp { free(text) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    spawn_without_descriptors_from(&actions, 3)
    var process: pid_t = 0
    let programs: [String] = ["/usr/bin/setsid", "/bin/setsid"]
    guard let program = programs.first(where: { access($0, X_OK) == 0 }),
      posix_spawn(&process, program, &actions, nil, &argv, &envp) == 0
    else { return false }
    var status: Int32 = 0
    return waitpid(process, &status, 0) == process && status == 0
  }
}
