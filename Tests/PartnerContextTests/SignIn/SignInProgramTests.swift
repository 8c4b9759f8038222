import Foundation
import Glibc
import Testing

@testable import PartnerContext

@Suite(.timeLimit(.minutes(1))) struct SignInProgramTests {
  private let canary = #"{"refresh":"0.CANARY-Rt_7e3f9b1a44"}"#

  /// A program in the folder, and a store that runs it with the word `mine` in front of its own.
  private func store(_ folder: StoreFolder, _ script: String, milliseconds: Int = 20_000) throws -> SignInProgram {
    try folder.write(Array("#!/bin/bash\ncd '\(folder.path)'\n\(script)\n".utf8), to: "keeper")
    chmod(folder.file("keeper"), 0o700)
    return SignInProgram(command: [folder.file("keeper"), "mine"], milliseconds: milliseconds)
  }

  /// Keeps what it is given, upside down so that a look for it in the folder finds nothing.
  private let keeper = """
    tr '\\0' ' ' </proc/$$/cmdline >>seen; tr '\\0' ' ' </proc/$$/environ >>seen; echo "$*" >>verbs
    case $2 in
      get) [ -f kept ] || exit 1; rev kept; echo;;
      store) rev >kept;;
      erase) rm -f kept;;
    esac
    """

  @Test("T5: a program keeps, gives back, replaces and forgets; the text goes through pipes alone")
  func roundTrip() async throws {
    try await StoreFolder.with { folder in
      let store = try store(folder, keeper)
      #expect(try await store.text() == nil)
      try await store.write(Secret(canary))
      #expect(try await store.text() == canary)
      try await store.write(Secret("{}"))
      #expect(try await store.text() == "{}")
      try await store.erase()
      try await store.erase()
      #expect(try await store.text() == nil)
      #expect(!folder.holds("CANARY"))
      let verbs = String(decoding: try folder.bytes("verbs"), as: UTF8.self).split(separator: "\n")
      #expect(verbs == ["get", "store", "get", "store", "get", "erase", "erase", "get"].map { "mine \($0)" })
      let seen = String(decoding: try folder.bytes("seen"), as: UTF8.self)
      #expect(seen.contains("keeper mine store") && seen.contains("PATH="))
    }
  }

  @Test("A text of 16 KiB goes through whole, also to a program that is slow to read", arguments: [16_384, 16_385])
  func length(count: Int) async throws {
    try await StoreFolder.with { folder in
      let store = try store(folder, "[ $2 = get ] && exec cat kept; sleep 0.2; cat >kept")
      let text = String(repeating: "x", count: count)
      let error = await refusal { () throws(SignInStoreError) in try await store.write(Secret(text)) }
      guard count <= SignInName.longest else {
        #expect(error == .tooLong(bytes: count))
        return
      }
      #expect(error == nil)
      #expect(try await store.text() == text)
    }
  }

  @Test("A program that does not read what it is given is no harm")
  func deaf() async throws {
    try await StoreFolder.with { folder in
      let store = try store(folder, "exec <&-; exit 0")
      for _ in 0..<5 { try await store.write(Secret(String(repeating: "x", count: 16_384))) }
    }
  }

  @Test(
    "What goes wrong is told with the program's last word, never with what is kept",
    arguments: [
      ("echo CANARY; exit 1", "keeper get ended with 1"),
      ("echo CANARY; echo oh: CANARY >&2; exit 3", "keeper get ended with 3"),
      ("echo 'no key' >&2; exit 2", "keeper get ended with 2: “no key”"),
      ("kill -9 $$", "keeper get was ended by signal 9"),
      ("head -c 20000 /dev/zero", "keeper get printed over 16384 bytes"),
    ])
  func failures(script: String, expected: String) async throws {
    try await StoreFolder.with { folder in
      let store = try store(folder, script)
      let error = await refusal { () throws(SignInStoreError) in _ = try await store.read() }
      #expect(error == .failed(reason: "\(folder.path)/\(expected)"))
    }
  }

  @Test("What it repeats of what it was given is not told")
  func repeated() async throws {
    try await StoreFolder.with { folder in
      let store = try store(folder, #"echo "cannot keep $(cat)" >&2; exit 4"#)
      let error = await refusal { () throws(SignInStoreError) in try await store.write(Secret(canary)) }
      #expect(error == .failed(reason: "\(folder.path)/keeper store ended with 4"))
    }
  }

  @Test("No signal is blocked or ignored in a program, and it has none of our descriptors")
  func started() async throws {
    func printed(_ script: String) async throws -> [Substring] {
      try #require(try await SignInProgram(command: ["sh", "-c", script]).text()).split { $0.isWhitespace }
    }
    let masks = try await printed("exec sed -n 's/^Sig\\(Blk\\|Ign\\):.//p' /proc/self/status")
    // The C library keeps the first two real-time signals to itself.
    #expect(masks.compactMap { UInt64($0, radix: 16).map { $0 & 0x7FFF_FFFF } } == [0, 0], "\(masks)")
    // The last one is the list itself.
    #expect(try await printed("exec ls /proc/self/fd") == ["0", "1", "2", "3"])
  }

  @Test("One that is not there is absent")
  func absent() async throws {
    let store = SignInProgram(command: ["/nonexistent/keeper"])
    let error = await refusal { () throws(SignInStoreError) in _ = try await store.read() }
    #expect(error == .absent(reason: "/nonexistent/keeper cannot be started"))
  }

  @Test("One that hangs is ended in time; a cancelled wait for it ends at once")
  func hanging() async throws {
    try await StoreFolder.with { folder in
      let script = "echo $$ >pid; exec sleep 50"
      let short = try store(folder, script, milliseconds: 1000)
      let error = await refusal { () throws(SignInStoreError) in try await short.write(Secret(canary)) }
      #expect(error == .failed(reason: "\(folder.path)/keeper store took over 1 s"))
      let pid = try #require(Int32(String(decoding: try folder.bytes("pid"), as: UTF8.self).dropLast()))
      #expect(kill(pid, 0) == -1 && errno == ESRCH)
      try FileManager.default.removeItem(atPath: folder.file("pid"))
      let long = try store(folder, script)
      let waiting = Task { await refusal { () throws(SignInStoreError) in _ = try await long.read() } }
      while !folder.names.contains("pid") { await Task.yield() }
      waiting.cancel()
      #expect(await waiting.value == .cancelled)
    }
  }
}
