extension IncidentWriter {
  func writeAlerts(of incident: Incident, to json: inout JsonWriter) { json.array("alerts") { _ in } }
}
