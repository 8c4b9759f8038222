public import PartnerModel

/// Keeps an intent durable right before the first byte of a request can leave; gets the id that the service will know the
/// request by. When it throws, nothing is sent.
public typealias WillSend = @Sendable (_ requestID: String) async throws -> Void

// Each write is sent once. It goes out again by itself only when the connection failed before a byte left, or with a
// renewed token after a 401. Each throws with `mayHaveTakenEffect` set when only reading tells what became of it;
// `.throttled` after a 429, when nothing did.

extension PartnerContext {
  /// Adds a comment to an incident. The service keeps it for good.
  ///
  /// - Returns: all comments of the incident, or the new one where the service tells it alone.
  ///
  /// Source: Microsoft Graph v1.0, `POST /security/incidents/{id}/comments`.
  public func addComment(
    _ text: String, to id: IncidentID, in tenant: TenantID, priority: RequestPriority = .foreground,
    willSend: @escaping WillSend
  ) async throws(PartnerError) -> [IncidentComment] {
    try await addComment(.comment(text), on: id, in: tenant, priority, willSend)
  }

  /// Adds a comment to an alert. The service keeps it for good.
  ///
  /// - Returns: all comments of the alert, or the new one where the service tells it alone.
  ///
  /// Source: Microsoft Graph v1.0, `POST /security/alerts_v2/{id}/comments`.
  public func addComment(
    _ text: String, toAlert id: String, in tenant: TenantID, priority: RequestPriority = .foreground,
    willSend: @escaping WillSend
  ) async throws(PartnerError) -> [IncidentComment] {
    try await addComment(.commentAlert(id: id, text), on: IncidentID(""), in: tenant, priority, willSend)
  }

  private func addComment(
    _ action: IncidentAction, on id: IncidentID, in tenant: TenantID, _ priority: RequestPriority,
    _ willSend: @escaping WillSend
  ) async throws(PartnerError) -> [IncidentComment] {
    let answer = try await send(action, on: id, in: tenant, priority, willSend)
    guard let read = CommentAnswer(answer) else {
      throw unclear(.answerUnreadable("no comments in the answer to a comment"), answer, tenant)
    }
    return read.comments
  }

  /// Gets one alert with its evidence and comments.
  ///
  /// Source: Microsoft Graph v1.0, `GET /security/alerts_v2/{id}`.
  public func getAlert(
    _ id: String, in tenant: TenantID, priority: RequestPriority = .foreground
  ) async throws(PartnerError) -> Alert {
    guard let path = GraphCall.path(ofAlert: id) else { throw PartnerError(.notFound, tenant: tenant) }
    return try read(try await pipeline.send(GraphCall(target: path), in: tenant, priority: priority), id, tenant)
  }

  /// Changes an alert, and returns it as the service now has it.
  ///
  /// Source: Microsoft Graph v1.0, `PATCH /security/alerts_v2/{id}`.
  public func updateAlert(
    _ id: String, in tenant: TenantID, with update: AlertUpdate, priority: RequestPriority = .foreground,
    willSend: @escaping WillSend
  ) async throws(PartnerError) -> Alert {
    let answer = try await send(.updateAlert(id: id, update), on: IncidentID(""), in: tenant, priority, willSend)
    do {
      return try read(answer, id, tenant)
    } catch {
      throw unclear(error.cause, answer, tenant)
    }
  }

  /// Makes one incident of several. Which of them stays, the service says.
  ///
  /// - Parameter id: one of them.
  /// - Returns: the incident that stays.
  ///
  /// Source: Microsoft Graph v1.0, `POST /security/incidents/mergeIncidents`.
  public func mergeIncidents(
    _ id: IncidentID, with others: [IncidentID], in tenant: TenantID, comment: String?, reasons: [CorrelationReason],
    priority: RequestPriority = .foreground, willSend: @escaping WillSend
  ) async throws(PartnerError) -> IncidentID {
    try await target(
      of: .merge(others: others, comment: comment, reasons: reasons), on: id, in: tenant, priority, willSend)
  }

  /// Takes alerts out of their incidents and into another one.
  ///
  /// - Returns: the incident that they are of now.
  ///
  /// Source: Microsoft Graph v1.0, `POST /security/alerts_v2/moveAlerts`.
  public func moveAlerts(
    _ ids: [String], to incident: IncidentID, in tenant: TenantID, comment: String?, reasons: [CorrelationReason],
    priority: RequestPriority = .foreground, willSend: @escaping WillSend
  ) async throws(PartnerError) -> IncidentID {
    try await target(
      of: .moveAlerts(ids: ids, to: incident, comment: comment, reasons: reasons), on: incident, in: tenant, priority,
      willSend)
  }

  private func target(
    of action: IncidentAction, on id: IncidentID, in tenant: TenantID, _ priority: RequestPriority,
    _ willSend: @escaping WillSend
  ) async throws(PartnerError) -> IncidentID {
    let answer = try await send(action, on: id, in: tenant, priority, willSend)
    let node = answer.isWebPage ? nil : try? JSONReader.read(utf8: answer.body)
    guard let target = node?["targetIncidentId"]?.string.map({ IncidentID($0) }), GraphCall.path(of: target) != nil
    else { throw unclear(.answerUnreadable("no target incident in the answer"), answer, tenant) }
    return target
  }

  private func send(
    _ action: IncidentAction, on id: IncidentID, in tenant: TenantID, _ priority: RequestPriority,
    _ willSend: @escaping WillSend
  ) async throws(PartnerError) -> Answer {
    guard let request = ActionRequest(action, on: id) else { throw PartnerError(.notFound, tenant: tenant) }
    return try await pipeline.send(request.call, in: tenant, priority: priority, willSend: willSend)
  }

  private func read(_ answer: Answer, _ id: String, _ tenant: TenantID) throws(PartnerError) -> Alert {
    guard let reader = ItemReader(tenant: tenant, limits: pipeline.limits) else {
      throw failure(.storage("no memory"), answer, tenant)
    }
    let item: ItemReader.Item<Alert>
    do { item = try reader.alert(answer) } catch { throw failure(error.cause, answer, tenant) }
    switch item {
    case .read(let alert):
      guard alert.id == id else {
        throw failure(.answerUnreadable("another alert than the one asked for"), answer, tenant)
      }
      return alert
    case .foreign: throw failure(.foreignData, answer, tenant)
    case .unreadable(let item): throw failure(.answerUnreadable(item.reason), answer, tenant)
    }
  }

  func failure(_ cause: PartnerError.Cause, _ answer: Answer, _ tenant: TenantID) -> PartnerError {
    PartnerError(
      cause, tenant: tenant, correlationID: answer.value("client-request-id"), requestID: answer.requestID,
      at: dependencies.now())
  }

  /// The service took the request and nobody can read what it made of it.
  private func unclear(_ cause: PartnerError.Cause, _ answer: Answer, _ tenant: TenantID) -> PartnerError {
    var error = failure(cause, answer, tenant)
    error.mayHaveTakenEffect = true
    return error
  }
}
