import TerminalKit

/// Which lines of the window are whose.
///
/// Short windows drop the hints, then the crumbs, whose place is then told in the top line. A message takes the line of the
/// hints; where there are none, or where it is long, it takes lines from the body while it stands.
struct FrameLayout: Hashable, Sendable {
  static let smallest = Size(columns: 60, rows: 15)
  static let previewColumns = 140

  let size: Size
  let hasCrumbs: Bool
  let hasHints: Bool
  /// Beside the rows.
  let hasPreview: Bool
  /// In the place of the rows, of a window that is too narrow for both.
  let hasPreviewInFront: Bool
  /// Lines below the status line: hints, or what stands in their place.
  let bottomHeight: Int
  /// Lines above a tenant's incidents that tell how far they can be trusted.
  let tenantHeadHeight: Int

  init(_ state: ConsoleState) {
    size = state.size
    hasHints = size.rows >= 18
    hasCrumbs = size.rows >= 16
    hasPreview = size.columns >= Self.previewColumns && !state.isPreviewHidden
    let isList = state.place != .incident && state.place != .help
    hasPreviewInFront = size.columns < Self.previewColumns && state.isPreviewInFront && isList
    bottomHeight = max(hasHints ? 1 : 0, state.bottomLinesTaken)
    let width = hasPreview ? size.columns * 2 / 3 : size.columns
    tenantHeadHeight = state.page == nil ? tenantHead(state, width: width).count : 0
  }

  static func isTooSmall(_ size: Size) -> Bool {
    size.columns < smallest.columns || size.rows < smallest.rows
  }

  /// Lines between the crumbs and the status line.
  var bodyHeight: Int { max(size.rows - 2 - (hasCrumbs ? 1 : 0) - bottomHeight, 0) }
  /// Rows of a list: the body without the heads of its columns.
  var listHeight: Int { max(bodyHeight - 1, 0) }
  /// The same of a tenant's incidents, which have a head of their own.
  var tenantListHeight: Int { max(listHeight - tenantHeadHeight, 0) }
  /// Columns of the list or the document; the rest is the preview's, with a line between.
  var mainWidth: Int { hasPreview ? size.columns * 2 / 3 : size.columns }
  var previewWidth: Int { hasPreview ? size.columns - mainWidth - 2 : hasPreviewInFront ? size.columns - 3 : 0 }
}
