import PartnerModel

/// Reads a small collection page by page: relationships, assignments, what a directory lists. Nothing of it is believed
/// but that it came from our own origin; what an item lacks costs that item.
struct CollectionWalk: Sendable {
  var pipeline: GraphPipeline
  var tenant: TenantID
  var priority: RequestPriority
  /// Of which one suffices.
  var needs: [AppRole]

  /// Items in all; a collection of more is none of ours.
  private static let most = 60_000

  /// - Parameters:
  ///   - query: behind the path; empty for none.
  ///   - spellings: other paths by which the service may name the same collection in its links.
  /// - Throws: among others `.unsafeLink`, `.pagingLoop`.
  func items(
    of path: String, query: String = "", spellings: [String] = [], _ take: (JSONNode) -> Void
  ) async throws(PartnerError) {
    var target = path + query
    var asked: Set<String> = []
    var count = 0
    for _ in 0..<pipeline.limits.pages {
      guard asked.insert(target).inserted else { throw PartnerError(.pagingLoop, tenant: tenant) }
      let answer = try await pipeline.send(GraphCall(target: target, needs: needs), in: tenant, priority: priority)
      let body = try object(answer)
      guard let items = body["value"]?.array else {
        throw unreadable("JSON without a list in “value”", answer)
      }
      count += items.count
      guard items.count <= pipeline.limits.itemsOnPage, count <= Self.most else {
        throw unreadable("a list of more than \(min(pipeline.limits.itemsOnPage, Self.most)) items", answer)
      }
      for item in items where item.members != nil { take(item) }
      guard let next = body["@odata.nextLink"], !next.isNull else { return }
      // What is no text leads nowhere, but tells that there is more.
      let link = next.string ?? "?"
      let paths = [path] + spellings
      let followed = paths.lazy.compactMap {
        PageLink.target(link, origin: pipeline.app.endpoints.graph, path: $0, tenant: tenant)
      }.first
      guard let followed else { throw PartnerError(.unsafeLink(PageLink.shown(link)), tenant: tenant) }
      target = followed
    }
    throw PartnerError(.answerUnreadable("more than \(pipeline.limits.pages) pages"), tenant: tenant)
  }

  /// One object.
  func object(_ call: GraphCall) async throws(PartnerError) -> (JSONNode, Answer) {
    var call = call
    call.needs = needs
    let answer = try await pipeline.send(call, in: tenant, priority: priority)
    return (try object(answer), answer)
  }

  private func object(_ answer: Answer) throws(PartnerError) -> JSONNode {
    guard !answer.isWebPage else { throw unreadable("a web page", answer) }
    guard let body = try? JSONReader.read(utf8: answer.body), body.members != nil else {
      throw unreadable("broken JSON", answer)
    }
    return body
  }

  func unreadable(_ reason: String, _ answer: Answer) -> PartnerError {
    PartnerError(
      .answerUnreadable(reason), tenant: tenant, correlationID: Answer.id(answer.value("client-request-id")),
      requestID: answer.requestID, at: pipeline.dependencies.now())
  }
}

extension JSONNode {
  /// A text that may stand in one of our tables and in a path; `nil` for anything else.
  func name(atMost length: Int) -> String? {
    guard let text = string, !text.isEmpty, text.utf8.count <= length, text != ".", text != "..",
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { return nil }
    return text
  }

  /// A GUID, in small letters; `nil` for anything else.
  var guid: String? { string.flatMap { TenantID($0)?.rawValue } }

  /// Words for people, cut where they are too long for a line.
  func words(atMost length: Int) -> String {
    // A single character may have any number of marks.
    String(String.UnicodeScalarView((string ?? "").unicodeScalars.prefix(length)))
  }
}
