import Synchronization

extension LabWorld {
  /// OpenID Connect Discovery 1.0, with this server as the authority.
  func discovery(_ request: LabRequest, _ tenantName: String) -> LabAnswer {
    published(request, tenantName) { segment, issuer in metadata(segment, issuer) }
  }

  /// The key set (RFC 7517) with the one key.
  func keySet(_ request: LabRequest, _ tenantName: String) -> LabAnswer {
    published(request, tenantName) { _, issuer in keys(issuer) }
  }

  /// A document that anyone may read, of a tenant or, for an alias, of all: then with a placeholder in the issuer.
  private func published(
    _ request: LabRequest, _ tenantName: String, _ document: (_ segment: String, _ issuer: String) -> LabAnswer
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
    return document(segment, "\(shared.withLock { $0.origin })/\(id)/v2.0")
  }

  private func metadata(_ segment: String, _ issuer: String) -> LabAnswer {
    let base = "\(shared.withLock { $0.origin })/\(segment)"
    return .json(
      jsonObject { json in
        json.field("token_endpoint", "\(base)/oauth2/v2.0/token")
        json.field("token_endpoint_auth_methods_supported", ["client_secret_post", "client_secret_basic"])
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
        json.null("tenant_region_scope")
        json.field("cloud_instance_name", "microsoftonline.com")
        json.field("cloud_graph_host_name", "graph.windows.net")
        json.field("msgraph_host", "graph.microsoft.com")
      })
  }

  private func keys(_ issuer: String) -> LabAnswer {
    let key = SigningKey.shared
    return .json(
      jsonObject { json in
        json.array("keys") { json in
          json.object { json in
            json.field("kty", "RSA")
            json.field("use", "sig")
            json.field("kid", key.id)
            json.field("x5t", key.id)
            json.field("n", key.modulus)
            json.field("e", key.exponent)
            json.field("x5c", [key.certificate])
            json.field("issuer", issuer)
          }
        }
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
