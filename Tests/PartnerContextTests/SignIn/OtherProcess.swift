import CSpawn
import Foundation
import Glibc
import Synchronization

/// A bash of the test's own, with a pipe at its standard input and one at its output.
///
/// Not started by Foundation, which reads past its list of descriptors where many connections are open.
final class OtherProcess: Sendable {
  let process: pid_t
  private let isRunning = Atomic(true)
  private let input: Int32
  private let output: Int32

  /// It leads a session of its own, which ``kill()`` ends whole.
  init(_ script: String, in folder: String, environment: [String] = []) throws {
    var (toIt, fromIt) = ([Int32](repeating: -1, count: 2), [Int32](repeating: -1, count: 2))
    guard pipe(&toIt) == 0, pipe(&fromIt) == 0 else { throw POSIXError(.EMFILE) }
    for end in toIt + fromIt { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer {
      close(toIt[0])
      close(fromIt[1])
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toIt[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromIt[1], 1)
    // Those of other tests too: a pipe ends only when nobody has its other end any more.
    spawn_without_descriptors_from(&actions, 3)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A thread's blocked signals would else be handed on, and it could not be asked to end.
    spawn_in_own_session(&attributes)
    let words = ["bash", "-c", "cd '\(folder)' || exit; \(script)"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let variables = ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin", "HOME=\(folder)"] + environment
    var pointers: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { for pointer in arguments + pointers { free(pointer) } }
    var child: pid_t = 0
    let refusal = posix_spawn(&child, "/bin/bash", &actions, &attributes, &arguments, &pointers)
    (process, input, output) = (child, toIt[1], fromIt[0])
    guard refusal == 0 else { throw POSIXError(.ENOEXEC) }
  }

  deinit {
    kill()
    close(input)
    close(output)
  }

  /// The next line that it prints; `nil` at its end, and when it says nothing for 20 s.
  func line() -> String? {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while true {
      var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 20_000) > 0, read(output, &byte, 1) == 1 else {
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
      }
      if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
  }

  /// Tells it with an empty line that it may end, and waits for that; what stays for 10 s is ended.
  func finish() {
    _ = write(input, "\n", 1)
    for _ in 0..<1000 where isRunning.load(ordering: .relaxed) {
      if waitpid(process, nil, WNOHANG) != 0 { isRunning.store(false, ordering: .relaxed) }
      usleep(10_000)
    }
    kill()
  }

  /// Ends it and what it started, once.
  func kill() {
    guard isRunning.exchange(false, ordering: .relaxed) else { return }
    Glibc.kill(-process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
  }
}
