import Synchronization

/// A refusal of the metadata service.
private struct IdentityRefusal: Error {
  var error: String
  var text: String
}

extension LabWorld {
  /// The identity of the machine that the lab stands for, in the partner's own directory; nil where there is none.
  var managedIdentity: (client: String, principal: String)? {
    guard let homeRoom else { return nil }
    var chance = Chance(homeRoom.seed, 0x1DE7)
    return (chance.guid(), chance.guid())
  }

  /// Azure Instance Metadata Service, as far as it gives tokens.
  func metadataService(_ request: LabRequest, _ segments: [String]) -> Delivery {
    guard segments == ["metadata", "identity", "oauth2", "token"] else { return Delivery(plainNotFound()) }
    let room = homeRoom
    let requestID = room?.nextRequestID() ?? anonymousRequestID()
    room?.state.withLock { $0.requests["identity", default: 0] += 1 }
    return faulted(room, route: "identity", requestID: requestID) {
      do {
        return try self.identityToken(request, requestID: requestID)
      } catch let refusal as IdentityRefusal {
        return .json(
          jsonObject { json in
            json.field("error", refusal.error)
            json.field("error_description", refusal.text)
          }, status: 400)
      } catch {
        return LabAnswer(status: 500)
      }
    }
  }

  private func identityToken(_ request: LabRequest, requestID: String) throws -> LabAnswer {
    guard request.method == "GET" else { return LabAnswer(status: 405) }
    guard request.header("Metadata")?.lowercased() == "true" else {
      throw IdentityRefusal(error: "bad_request_102", text: "Required metadata header not specified")
    }
    let query = formFields(request.query) ?? []
    func value(_ name: String) -> String? {
      query.first { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }
    guard value("api-version") == "2018-02-01" else {
      throw IdentityRefusal(error: "bad_request", text: "The api-version is missing or not supported: 2018-02-01")
    }
    guard let resource = value("resource") else {
      throw IdentityRefusal(error: "invalid_request", text: "Required query variable 'resource' is missing")
    }
    guard let room = homeRoom, let identity = managedIdentity,
      [("client_id", identity.client), ("object_id", identity.principal)].allSatisfy({ name, own in
        value(name).map { $0.lowercased() == own } ?? true
      }), value("msi_res_id") == nil
    else { throw IdentityRefusal(error: "invalid_request", text: "Identity not found") }
    let audience = resource.hasSuffix("/") ? String(resource.dropLast()) : resource
    let known = [Self.graphAudience, LabFederatedCredential.audience] + vaultAudiences
    guard known.contains(audience) else {
      throw IdentityRefusal(
        error: "invalid_resource",
        text: "AADSTS500011: The resource principal named \(resource) was not found in the tenant named"
          + " \(room.tenant.name).")
    }
    let now = Int(limitNow().ticks / Moment.second)
    let token =
      audience == LabFederatedCredential.audience
      ? try exchangeToken(for: room, of: identity, at: now, uti: requestID)
      : try issueToken(
        for: room,
        TokenGrant(
          audience: audience, client: identity.client, principal: identity.principal, proof: .certificate),
        at: now, uti: requestID)
    return .json(
      jsonObject(reserving: 2048) { json in
        json.field("access_token", token)
        json.field("refresh_token", "")
        json.field("client_id", identity.client)
        json.field("expires_in", "\(Self.tokenLifetime - 1)")
        json.field("ext_expires_in", "\(Self.tokenLifetime - 1)")
        json.field("expires_on", "\(now + Self.tokenLifetime)")
        json.field("not_before", "\(now)")
        json.field("resource", resource)
        json.field("token_type", "Bearer")
      })
  }

  /// A token of version 2.0, by which the identity vouches for an app that trusts it.
  private func exchangeToken(
    for room: TenantRoom, of identity: (client: String, principal: String), at now: Int, uti: String
  ) throws -> String {
    let token = try SigningKey.shared.sign(
      jsonObject { json in
        json.field("aud", LabFederatedCredential.audience)
        json.field("iss", homeIssuer)
        json.field("iat", now)
        json.field("nbf", now)
        json.field("exp", now + Self.tokenLifetime)
        json.field("azp", identity.client)
        json.field("azpacr", TokenGrant.Proof.certificate.rawValue)
        json.field("idtyp", "app")
        json.field("oid", identity.principal)
        json.field("sub", identity.principal)
        json.field("tid", room.tenant.id)
        json.field("uti", uti)
        json.field("ver", "2.0")
      })
    room.state.withLock { $0.tokensIssued += 1 }
    return token
  }
}
