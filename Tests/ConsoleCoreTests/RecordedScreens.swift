import Foundation
import TerminalKit
import Testing

private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Screens")
private let isRecording = ProcessInfo.processInfo.environment["RECORD_SCREENS"] == "1"

/// Compares a screen with its file, or writes that when screens are recorded.
func compare(_ screen: Screen, _ name: String) throws {
  let size = screen.size
  // Styles are reviewed at one size; the others are easier to read without them.
  let text = size.columns == 80 ? screen.annotated : screen.text
  let file = folder.appendingPathComponent("\(name).\(size.columns)x\(size.rows).txt")
  if isRecording {
    try Data(text.utf8).write(to: file)
  } else {
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(text == expected, "\(file.lastPathComponent)")
  }
}
