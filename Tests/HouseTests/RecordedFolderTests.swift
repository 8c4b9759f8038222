import Foundation
import RecordedData
import Testing

@Suite("Folders of recordings")
struct RecordedFolderTests {
  @Test("Tests over a folder that nobody named are skipped by hand, and fail in the gate")
  func wanted() throws {
    #expect(!RecordedFolder("FOLDER", environment: [:]).isWanted)
    #expect(!RecordedFolder("FOLDER", environment: ["FOLDER": ""]).isWanted)
    let inTheGate = RecordedFolder("FOLDER", environment: ["CI": "true"])
    #expect(inTheGate.isWanted)
    #expect(throws: RecordedFolder.Missing.self) { try inTheGate.url }
  }

  @Test("A name that leads nowhere is a failure, not a reason to skip")
  func misnamed() throws {
    let missing = RecordedFolder("FOLDER", environment: ["FOLDER": "/nowhere/at/all"])
    #expect(missing.isWanted)
    #expect(throws: RecordedFolder.Missing.self) { try missing.url }
    let folder = RecordedFolder("FOLDER", environment: ["FOLDER": House.top.path])
    #expect(try folder.url.path == House.top.path)
  }
}
