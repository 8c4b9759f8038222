import SafeText
import TerminalKit

/// Which lines of the window are whose.
///
/// Short windows drop the hints, then the crumbs, whose place is then told in the top line. A message takes the line of the
/// hints; where there are none, or where it is long, it takes lines from the body while it stands.
struct FrameLayout: Hashable, Sendable {
  static let smallest = Size(columns: 60, rows: 15)
  static let previewColumns = 140
  /// Between the rows and the preview beside them.
  static let divider: SafeText = "│ "
  static let dividerWidth = 2

  let size: Size
  let hasCrumbs: Bool
  let hasHints: Bool
  /// Below the crumbs: what is amiss for all tenants at once.
  let hasBanner: Bool
  private let isPreviewHidden: Bool
  /// Beside the rows.
  let hasPreview: Bool
  /// In the place of the rows, of a window that is too narrow for both.
  let hasPreviewInFront: Bool
  /// Lines below the status line: hints, or what stands in their place.
  let bottomHeight: Int

  init(_ state: borrowing SharedState, _ preview: PreviewPlace) {
    size = state.size
    hasHints = size.rows >= 18
    hasCrumbs = size.rows >= 16
    hasBanner = state.hasBanner
    isPreviewHidden = state.isPreviewHidden
    hasPreview = size.columns >= Self.previewColumns && !state.isPreviewHidden && preview != .none
    hasPreviewInFront =
      size.columns < Self.previewColumns && state.isPreviewInFront && preview == .besideOrInFront
    bottomHeight = max(hasHints ? 1 : 0, state.bottomLinesTaken)
  }

  static func isTooSmall(_ size: Size) -> Bool {
    size.columns < smallest.columns || size.rows < smallest.rows
  }

  /// Lines above the body.
  var bodyTop: Int { 1 + (hasCrumbs ? 1 : 0) + (hasBanner ? 1 : 0) }
  /// Lines between the head of the window and the status line.
  var bodyHeight: Int { max(size.rows - bodyTop - 1 - bottomHeight, 0) }
  /// Rows of a list: the body without the heads of its columns.
  var listHeight: Int { max(bodyHeight - 1, 0) }
  /// Columns of the list or the document; the rest is the preview's, with a line between.
  var mainWidth: Int { Self.mainWidth(size, isPreviewHidden: isPreviewHidden) }
  var previewWidth: Int {
    hasPreview ? size.columns - mainWidth - Self.dividerWidth : hasPreviewInFront ? size.columns - 3 : 0
  }

  static func mainWidth(_ size: Size, isPreviewHidden: Bool) -> Int {
    size.columns >= previewColumns && !isPreviewHidden ? size.columns * 2 / 3 : size.columns
  }
}
