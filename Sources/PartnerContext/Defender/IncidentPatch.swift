import PartnerModel

extension IncidentUpdate {
  /// The body of a PATCH: only what changes.
  ///
  /// Source: Microsoft Graph v1.0, `PATCH /security/incidents/{id}`.
  var body: String {
    let assignedTo: JSONNode? =
      switch assignment {
      case .to(let upn): .string(upn)
      case .nobody: .null
      case nil: nil
      }
    let status = status.map { JSONNode.string($0.wire) }
    let body: JSONNode =
      switch (status, assignedTo) {
      case (let status?, let assignedTo?): .object(["status": status, "assignedTo": assignedTo])
      case (let status?, nil): .object(["status": status])
      case (nil, let assignedTo?): .object(["assignedTo": assignedTo])
      case (nil, nil): .object([:])
      }
    return body.text(isPretty: false)
  }
}
