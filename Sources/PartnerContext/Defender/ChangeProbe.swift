import PartnerModel

extension ChangeCursor {
  /// How a part of a list is read that the service fails to give: in smaller pages, down to the one item.
  ///
  /// A page is counted from the position of the pass. An item that fails alone is in doubt until the one behind it came
  /// and it failed once more: a service that is down for a while must not make us step over anything.
  struct Probe: Hashable, Sendable {
    /// Items on a page.
    var top: Int
    /// Items that are behind us already, be they read or stepped over.
    var skip = 0
    /// How many items right before `skip` failed alone.
    var doubts = 0
    /// How many items are still read in such small pages.
    var left: Int
  }

  /// So many items in a row are stepped over at most.
  static var mostDoubts: Int { 3 }

  /// A page of this size failed.
  mutating func narrow(in list: ChangeList) {
    guard let probe else {
      self.probe = Probe(top: list.sizes[1], left: list.pageSize)
      return
    }
    if let smaller = list.sizes.first(where: { $0 < probe.top }) {
      self.probe?.top = smaller
      self.probe?.left = probe.top
    } else if probe.doubts < Self.mostDoubts {
      self.probe?.doubts += 1
      self.probe?.skip += 1
    } else {
      // It is not one item that fails.
      self.probe = nil
    }
  }

  /// A page came.
  /// - Parameter isMovingOn: whether the position of the pass stands at its newest change now.
  mutating func passed(_ count: Int, movingOn isMovingOn: Bool, in list: ChangeList) {
    guard var probe else { return }
    probe.left -= count
    probe.skip = isMovingOn ? 0 : probe.skip + count
    if probe.left <= 0 {
      probe.top = list.sizes.last { $0 > probe.top } ?? probe.top
      probe.left = list.pageSize
    }
    self.probe = probe.top >= list.pageSize && probe.skip == 0 ? nil : probe
  }
}
