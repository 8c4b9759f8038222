import Synchronization

extension LabWorld {
  /// OpenID Connect Discovery 1.0, with this server as the authority.
  func discovery(_ request: LabRequest, _ tenantName: String) -> LabAnswer {
    let instance = room(tenantName)?.state.withLock { $0.cloud.instance } ?? LabCloud.commercial.instance
    return published(request, tenantName, at: instance.authority) { metadata($0, $1, instance) }
  }

  /// The key set (RFC 7517) with the one key.
  func keySet(_ request: LabRequest, _ tenantName: String) -> LabAnswer {
    published(request, tenantName) { _, issuer in .json(SigningKey.shared.keySet(issuer: issuer)) }
  }

  /// A document that anyone may read, of a tenant or, for an alias, of all: then with a placeholder in the issuer.
  private func published(
    _ request: LabRequest, _ tenantName: String, at authority: String? = nil,
    _ document: (_ base: String, _ issuer: String) -> LabAnswer
  ) -> LabAnswer {
    guard request.method == "GET" else { return LabAnswer(status: 405) }
    let alias = ["common", "organizations"].first { $0 == tenantName.lowercased() }
    let known = room(tenantName).flatMap { $0.scenario == .tenantNotFound ? nil : $0.tenant.id }
    guard let segment = alias ?? known else {
      let requestID = anonymousRequestID()
      return TokenRefusal.tenantNotFound(tenantName)
        .answer(traceID: requestID, correlationID: requestID, at: wallMoment())
    }
    let id = alias == nil ? segment : "{tenantid}"
    let origin = authority ?? shared.withLock { $0.origin }
    return document("\(origin)/\(segment)", "\(origin)/\(id)/v2.0")
  }

  private func metadata(_ base: String, _ issuer: String, _ instance: LabCloud.Instance) -> LabAnswer {
    .json(
      jsonObject { json in
        json.field("token_endpoint", "\(base)/oauth2/v2.0/token")
        json.field(
          "token_endpoint_auth_methods_supported", ["client_secret_post", "private_key_jwt", "client_secret_basic"])
        json.field("jwks_uri", "\(base)/discovery/v2.0/keys")
        json.field("response_modes_supported", ["query", "fragment", "form_post"])
        json.field("subject_types_supported", ["pairwise"])
        json.field("id_token_signing_alg_values_supported", ["RS256"])
        json.field("response_types_supported", ["code", "id_token", "code id_token", "id_token token"])
        json.field("scopes_supported", ["openid", "profile", "email", "offline_access"])
        json.field("issuer", issuer)
        json.field("authorization_endpoint", "\(base)/oauth2/v2.0/authorize")
        json.field("device_authorization_endpoint", "\(base)/oauth2/v2.0/devicecode")
        json.field(
          "claims_supported", ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"])
        json.field("tenant_region_scope", instance.region)
        if let subRegion = instance.subRegion { json.field("tenant_region_sub_scope", subRegion) }
        json.field("cloud_instance_name", instance.name)
        json.field("cloud_graph_host_name", instance.directoryGraph)
        json.field("msgraph_host", instance.graph)
      })
  }

  func anonymousRequestID() -> String {
    let number = shared.withLock { shared in
      shared.requests += 1
      return shared.requests
    }
    var chance = Chance(options.seed, 0xA707, number)
    return chance.guid()
  }
}
