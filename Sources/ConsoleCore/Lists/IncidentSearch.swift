import PartnerModel

/// A filter at work on a list of incidents: every word has to stand in the name, the id, a tag, the owner or the tenant's
/// name.
struct IncidentSearch: Hashable, Sendable {
  let filter: WordFilter
  private var words: [SoughtWord]

  static let none = IncidentSearch(.none)

  init(_ filter: WordFilter) {
    self.filter = filter
    words = filter.words.map(SoughtWord.init)
  }

  /// The slots among these whose rows the filter lets through.
  mutating func matching(
    _ slots: ArraySlice<Int32>, in texts: SearchTexts, _ tables: IncidentTables, _ directory: TenantDirectory
  ) -> [Int32] {
    for index in words.indices { words[index].prepare(for: tables) }
    return texts.lend { lent in
      slots.filter { slot in
        let (row, text) = lent[slot]
        for index in words.indices where !words[index].stands(in: text, of: row, tables, directory) { return false }
        return true
      }
    }
  }
}

/// One word, with what was found out about values that many incidents share.
private struct SoughtWord: Hashable, Sendable {
  private enum Answer: UInt8 { case unknown, no, yes }

  private let text: String
  private let bytes: [UInt8]
  private var tenants: [Answer] = []
  private var owners: [Answer] = []
  private var tagLists: [Answer] = []

  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  /// Makes room for the answers about all values that there are now.
  mutating func prepare(for tables: IncidentTables) {
    func prepare(_ answers: inout [Answer], _ count: Int) {
      if answers.count < count { answers += Array(repeating: .unknown, count: count - answers.count) }
    }
    prepare(&tenants, tables.tenants.count)
    prepare(&owners, tables.owners.count)
    prepare(&tagLists, tables.tagLists.count)
  }

  mutating func stands(
    in text: UnsafeBufferPointer<UInt8>, of row: SearchTexts.Row, _ tables: IncidentTables, _ directory: TenantDirectory
  ) -> Bool {
    let (tenant, owner, tags) = (Int(row.tenant), Int(row.owner), Int(row.tags))
    if tenants[tenant] == .unknown {
      tenants[tenant] = directory.name(of: tables.tenants[row.tenant]).contains(folded: self.text) ? .yes : .no
    }
    if owners[owner] == .unknown {
      owners[owner] = tables.owners[row.owner]?.contains(folded: self.text) ?? false ? .yes : .no
    }
    if tagLists[tags] == .unknown {
      tagLists[tags] = tables.tagLists[row.tags].contains { $0.contains(folded: self.text) } ? .yes : .no
    }
    return tenants[tenant] == .yes || owners[owner] == .yes || tagLists[tags] == .yes
      || bytes.withUnsafeBufferPointer { text.contains($0) }
  }
}
