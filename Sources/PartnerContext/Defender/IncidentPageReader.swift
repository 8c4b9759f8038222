package import PartnerModel

/// Reads the bodies of incident lists outside of a request, exactly as inside one; so that reading can be measured alone.
package struct IncidentPageReader {
  private let reader: ItemReader

  /// - Parameter tenant: whose incidents they are. `nil` when there is no memory for the parser.
  package init?(tenant: TenantID) {
    guard let reader = ItemReader(tenant: tenant, limits: .standard) else { return nil }
    self.reader = reader
  }

  /// - Returns: the incidents, and how many items were of another tenant or could not be read.
  /// - Throws: when the body is no list.
  package func incidents(in body: [UInt8]) throws(PartnerError) -> (incidents: [Incident], lost: Int) {
    let page = try reader.incidents(Answer(status: 200, headers: [], body: body))
    var incidents: [Incident] = []
    incidents.reserveCapacity(page.items.count)
    for case .read(let incident) in page.items { incidents.append(incident) }
    return (incidents, page.items.count - incidents.count)
  }
}
