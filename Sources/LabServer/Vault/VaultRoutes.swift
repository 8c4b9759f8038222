import Synchronization

extension LabWorld {
  /// The resources that tokens for the vaults are asked for: the real one, and the domain that the lab's are below.
  var vaultAudiences: [String] {
    let origin = shared.withLock { $0.origin }
    let port = origin.split(separator: ":").last.map { ":\($0)" } ?? ""
    return ["https://vault.azure.net", "https://localhost", "https://localhost\(port)"]
  }

  /// The vault that a request is for, by its host.
  func vaultName(_ request: LabRequest) -> String? {
    let host = (request.header("Host") ?? "").prefix { $0 != ":" }.lowercased()
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count == 2, labels[1] == "localhost", !labels[0].isEmpty else { return nil }
    return String(labels[0])
  }

  /// Answers as Azure Key Vault does, REST 7.4 and later.
  func vault(_ request: LabRequest, _ name: String, _ segments: [String]) -> Delivery {
    let room = homeRoom
    let requestID = room?.nextRequestID() ?? anonymousRequestID()
    room?.state.withLock { $0.requests["vault", default: 0] += 1 }
    return faulted(room, route: "vault", requestID: requestID) {
      var answer: LabAnswer
      do {
        answer = try self.secret(request, name, segments, requestID: requestID)
      } catch let refusal as VaultRefusal {
        answer = refusal.answer
      } catch {
        answer = LabAnswer(status: 500)
      }
      answer.headers += [
        ("Cache-Control", "no-cache"), ("x-ms-keyvault-service-version", "1.9.2310.1"), ("x-ms-request-id", requestID),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"), ("X-Content-Type-Options", "nosniff"),
      ]
      return answer
    }
  }

  private func secret(
    _ request: LabRequest, _ name: String, _ segments: [String], requestID: String
  ) throws -> LabAnswer {
    guard let vault = shared.withLock({ $0.vaults[name] }) else { return plainNotFound() }
    try check(caller: request, of: vault, requestID: requestID)
    guard request.method == "GET" else { throw VaultRefusal.methodUnknown }
    guard let version = formFields(request.query)?.first(where: { $0.name == "api-version" }), !version.value.isEmpty
    else { throw VaultRefusal.versionMissing }
    guard segments.first == "secrets", (2...3).contains(segments.count) else { throw VaultRefusal.pathUnknown }
    let versions = vault.secrets.enumerated().filter { $1.name.lowercased() == segments[1].lowercased() }
      .map { (id: versionID(of: $0, in: vault), secret: $1) }
    let wanted = segments.count == 3 ? versions.last { $0.id == segments[2].lowercased() } : versions.last
    guard let wanted else { throw VaultRefusal.secretNotFound(segments[1]) }
    guard wanted.secret.isEnabled else { throw VaultRefusal.secretDisabled }
    return answer(wanted.secret, version: wanted.id, host: request.header("Host") ?? "")
  }

  /// - Throws: 401 with the challenge for any token but one of the home tenant for a vault; 403 where whoever has it may
  ///   not read here.
  private func check(caller request: LabRequest, of vault: LabVault, requestID: String) throws {
    // A client takes the resource only when it is the parent domain of the host that it asked, port included.
    let parent = (request.header("Host") ?? "").split(separator: ".", maxSplits: 1).last ?? "localhost"
    let authority = "\(shared.withLock { $0.origin })/\(homeRoom?.tenant.id ?? "")"
    let challenge = "Bearer authorization=\"\(authority)\", resource=\"https://\(parent)\""
    guard let token = request.bearer(), !token.isEmpty else { throw VaultRefusal.tokenMissing(challenge) }
    guard let claims = claims(of: token) else {
      throw VaultRefusal.token("AKV10046: The signature of the token is not valid.", challenge)
    }
    guard claims.tid == homeRoom?.tenant.id else {
      record(
        .crossTenantToken, room(claims.tid), "its token was sent to a vault of another tenant", requestID: requestID)
      throw VaultRefusal.token("AKV10032: Invalid issuer.", challenge)
    }
    guard vaultAudiences.contains(claims.aud) else {
      throw VaultRefusal.token("AKV10022: Invalid audience: \(claims.aud).", challenge)
    }
    let now = Int(limitNow().ticks / Moment.second)
    guard now < claims.exp, claims.nbf <= now + 300 else {
      throw VaultRefusal.token("AKV10011: The token is not within its times.", challenge)
    }
    let reader: LabVault.Reader? =
      claims.oid == managedIdentity?.principal
      ? .managedIdentity : claims.oid == homeRoom.map(appPrincipal) ? .app : nil
    guard let reader, vault.readers.contains(reader) else { throw VaultRefusal.noAccess(claims.oid, vault.name) }
  }

  private func versionID(of index: Int, in vault: LabVault) -> String {
    var chance = Chance(options.seed, stableHash(vault.name.lowercased()), UInt64(index))
    return chance.guid().replacing("-", with: "")
  }

  private func answer(_ secret: LabVaultSecret, version: String, host: String) -> LabAnswer {
    let place = "https://\(host)"
    let isCertificate = secret.contentType.flatMap(LabVaultSecret.CertificateForm.init(rawValue:)) != nil
    func seconds(_ moment: Moment) -> Int { Int(moment.ticks / Moment.second) }
    return .json(
      jsonObject(reserving: 4096) { json in
        json.field("value", secret.value)
        if let type = secret.contentType { json.field("contentType", type) }
        json.field("id", "\(place)/secrets/\(secret.name)/\(version)")
        if isCertificate {
          json.field("managed", true)
          json.field("kid", "\(place)/keys/\(secret.name)/\(version)")
        }
        json.object("attributes") { json in
          json.field("enabled", secret.isEnabled)
          if let begins = secret.begins { json.field("nbf", seconds(Moment(begins))) }
          if let ends = secret.ends { json.field("exp", seconds(Moment(ends))) }
          json.field("created", seconds(started))
          json.field("updated", seconds(started))
          json.field("recoveryLevel", "Recoverable+Purgeable")
          json.field("recoverableDays", 90)
        }
        json.object("tags") { _ in }
      })
  }
}
