import Foundation
import Testing

@Suite("The manifest")
struct ManifestTests {
  private struct Target {
    var name: String
    var isTest: Bool
    var ours: Set<String> = []
    var products: Set<String> = []
    var isStrict: Bool
  }

  /// Reads the targets out of the manifest's text: each begins with its function's name and ends before the next.
  private func targets() throws -> [Target] {
    let text = try String(contentsOf: House.top.appending(path: "Package.swift"), encoding: .utf8)
    let list = try #require(text.components(separatedBy: "\n  targets: [").last)
    let beginning = /\.(target|executableTarget|testTarget|systemLibrary)\(\s*name: "([^"]+)"/
    let starts = list.matches(of: beginning)
    return starts.enumerated().map { index, start in
      let end = index + 1 < starts.count ? starts[index + 1].range.lowerBound : list.endIndex
      var body = String(list[start.range.upperBound..<end])
      var target = Target(
        name: String(start.2), isTest: start.1 == "testTarget", isStrict: body.contains("swiftSettings: strict"))
      for product in body.matches(of: /\.product\(name: "([^"]+)", package: "[^"]+"\)/) {
        target.products.insert(String(product.1))
      }
      body.replace(/\.product\([^)]*\)/, with: "")
      for product in body.matches(of: /nio\("([^"]+)"\)/) { target.products.insert(String(product.1)) }
      body.replace(/nio\([^)]*\)/, with: "")
      if body.contains("argumentParser()") { target.products.insert("ArgumentParser") }
      if let dependencies = body.firstMatch(of: /dependencies: \[([^\]]*)\]/) {
        target.ours = Set(dependencies.1.matches(of: /"([^"]+)"/).map { String($0.1) })
      }
      return target
    }
  }

  @Test("The targets and their dependencies are those of the table")
  func dependencies() throws {
    let targets = try targets().filter { !$0.isTest }
    #expect(Set(targets.map(\.name)) == Set(House.rooms.map(\.name)))
    for target in targets {
      guard let room = House.room(target.name) else { continue }
      #expect(target.ours == room.ours, "\(target.name)")
      #expect(target.products == room.products, "\(target.name)")
    }
  }

  @Test("Every target in Swift is built strictly")
  func strict() throws {
    for target in try targets()
    where target.name.firstMatch(of: /^C[A-Z]/) == nil {
      #expect(target.isStrict, "\(target.name)")
    }
  }

  @Test("Every folder of tests is a target, and imports what it declares")
  func tests() throws {
    let declared = try targets().filter(\.isTest)
    for target in declared {
      let allowed = target.ours.union(target.products).union(["Testing", "Foundation"]).union(House.platform)
      for file in House.everything where file.path.hasPrefix("Tests/\(target.name)/") {
        for (module, line) in file.imports {
          #expect(allowed.contains(module), "\(file.path):\(line): \(target.name) does not declare \(module)")
        }
      }
    }
    let names = Set(declared.map(\.name))
    let folders = try FileManager.default.contentsOfDirectory(
      at: House.top.appending(path: "Tests"), includingPropertiesForKeys: nil)
    for folder in folders where !folder.lastPathComponent.hasPrefix(".") {
      #expect(names.contains(folder.lastPathComponent), "Tests/\(folder.lastPathComponent) is in no target")
    }
  }
}
