import Foundation
import Glibc

@testable import PartnerContext

/// A folder of the test's own, 0700, in which stores put things.
struct StoreFolder {
  let path: String

  static func with<Result>(_ body: (StoreFolder) async throws -> Result) async throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "sign-in-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: url) }
    return try await body(StoreFolder(path: url.path))
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }
  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: file(name)))) }
  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: file(name)))
    chmod(file(name), 0o600)
  }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  /// Whether `text` stands in any file here, however deep.
  func holds(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    guard let all = FileManager.default.enumerator(atPath: path) else { return false }
    for case let name as String in all {
      guard let found = try? Data(contentsOf: URL(filePath: file(name))) else { continue }
      if !Array(found).ranges(of: wanted).isEmpty { return true }
    }
    return false
  }
}

extension SignInStore {
  /// What is kept, as a text.
  func text() async throws -> String? { try await read()?.reveal { $0 } }
}

/// What `body` throws; `nil` when it does not.
func refusal(_ body: () async throws(SignInStoreError) -> Void) async -> SignInStoreError? {
  do throws(SignInStoreError) {
    try await body()
    return nil
  } catch { return error }
}
