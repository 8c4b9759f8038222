extension EvidenceWriter {
  /// Evidence of networks; false when the plan is of another kind.
  func network(_ plan: EvidencePlan, _ index: Int, to json: inout JsonWriter) -> Bool {
    switch plan {
    case .attackerIP(let number): address(cast.attackerAddress(number), index, to: &json)
    case .url(let path):
      base("urlEvidence", index, ["attacker"], harmful: true, to: &json)
      json.field("url", cast.hostile(18) ?? "https://\(cast.attackerDomain)\(path)")
    case .dns:
      base("dnsEvidence", index, ["commandAndControl"], to: &json)
      json.field("domainName", cast.attackerDomain)
      json.object("dnsServerIp") { address("10.0.0.53", index, to: &$0) }
      json.object("hostIpAddress") { address(machine.address, index, to: &$0) }
      json.array("ipAddresses") { json in
        json.object { address(cast.attackerAddress(2), index, to: &$0) }
      }
    case .connection(let port):
      base("networkConnectionEvidence", index, ["commandAndControl"], to: &json)
      json.field("protocol", "tcp")
      json.field("sourcePort", 49_152 + cast.number("port", below: 16_000))
      json.field("destinationPort", port)
      json.name("sourceAddress")
      json.object { address(machine.address, index, to: &$0) }
      json.name("destinationAddress")
      json.object { address(cast.attackerAddress(1), index, to: &$0) }
    default: return false
    }
    return true
  }

  private func address(_ text: String, _ index: Int, to json: inout JsonWriter) {
    let places = [("NL", "Amsterdam", "Netherlands", 52.37, 4.9), ("BR", "São Paulo", "Brazil", -23.55, -46.63)]
    let place = places[cast.number(text, below: places.count)]
    base("ipEvidence", index, ["attacker"], to: &json)
    json.field("ipAddress", text)
    json.field("countryLetterCode", place.0)
    json.object("location") { json in
      json.field("city", place.1)
      json.field("countryName", place.2)
      json.field("latitude", place.3)
      json.field("longitude", place.4)
      json.null("state")
    }
    json.null("stream")
  }

  /// Evidence of identities, applications and cloud resources.
  func cloud(_ plan: EvidencePlan, _ index: Int, to json: inout JsonWriter) {
    let group = "/subscriptions/\(cast.customer.subscription)/resourceGroups/prod/providers"
    switch plan {
    case .cloudApp(let id, let name):
      base("cloudApplicationEvidence", index, ["contextual"], to: &json)
      json.field("appId", id)
      json.field("displayName", name)
      json.field("instanceId", 0)
      json.field("instanceName", name)
      json.field("saasAppId", id)
      json.null("stream")
    case .oauthApp(let name):
      base("oauthApplicationEvidence", index, ["attacker"], harmful: true, to: &json)
      json.field("appId", cast.guid("app\(name)"))
      json.field("displayName", cast.hostile(4) ?? name)
      json.field("objectId", cast.guid("object\(name)"))
      json.field("publisher", "Unverified")
    case .servicePrincipal(let name):
      base("servicePrincipalEvidence", index, ["compromised"], to: &json)
      json.field("appId", cast.guid("app\(name)"))
      json.field("appOwnerTenantId", tenantID)
      json.field("servicePrincipalName", name)
      json.field("servicePrincipalObjectId", cast.guid("object\(name)"))
      json.field("servicePrincipalType", "application")
      json.field("tenantId", tenantID)
    case .group(let name):
      base("securityGroupEvidence", index, ["edited"], to: &json)
      json.field("displayName", name)
      json.field("securityGroupId", cast.guid("group\(name)"))
      json.field("sid", "\(cast.customer.domainSID)-512")
      json.field("distinguishedName", "CN=\(name),CN=Users,DC=corp,DC=\(cast.customer.ntDomain.lowercased())")
      json.field("friendlyName", name)
      json.field("activeDirectoryObjectGuid", cast.guid("directory\(name)"))
    case .domain:
      base("activeDirectoryDomainEvidence", index, ["contextual"], to: &json)
      json.field("activeDirectoryDomainName", "corp.\(cast.customer.mailDomain)")
      json.array("trustedDomains") { _ in }
    case .cloudSession(let number): session(cast.user(number), index, to: &json)
    case .cloudRequest:
      base("cloudLogonRequestEvidence", index, ["contextual"], to: &json)
      json.field("requestId", cast.guid("sign-in"))
    case .azureResource(let name, let type):
      base("azureResourceEvidence", index, ["attacked"], to: &json)
      json.field("resourceId", "\(group)/\(type)/\(name)")
      json.field("resourceName", name)
      json.field("resourceType", type)
    case .amazonResource(let name, let type):
      base("amazonResourceEvidence", index, ["attacked"], to: &json)
      json.field("amazonAccountId", padded(cast.number("amazon account", below: 999_999_999), 12))
      json.field("amazonResourceId", "arn:aws:s3:::\(cast.customer.code.lowercased())-\(name)")
      json.field("resourceName", name)
      json.field("resourceType", type)
    case .googleResource(let name, let type):
      let project = "\(cast.customer.code.lowercased())-exports"
      base("googleCloudResourceEvidence", index, ["attacked"], to: &json)
      json.field("fullResourceName", "//storage.googleapis.com/projects/\(project)/buckets/\(name)")
      json.field("location", "europe-west4")
      json.field("locationType", "regional")
      json.field("projectId", project)
      json.field("projectNumber", 100_000_000_000 + cast.number("google project", below: 899_999_999))
      json.field("resourceName", name)
      json.field("resourceType", type)
    case .blobContainer(let name):
      base("blobContainerEvidence", index, ["attacked"], to: &json)
      container(name, group, index, to: &json)
    case .blob(let name):
      base("blobEvidence", index, ["attacked"], to: &json)
      json.field("name", name)
      json.field("url", "https://\(storageAccount).blob.example/exports/\(name)")
      json.field("etag", "0x\(cast.hash(of: name, digits: 15).uppercased())")
      json.array("fileHashes") { json in
        json.object { json in
          base("fileHashEvidence", index, ["contextual"], to: &json)
          json.field("algorithm", "md5")
          json.field("value", cast.hash(of: name, digits: 32))
        }
      }
      json.object("blobContainer") { json in
        base("blobContainerEvidence", index, ["contextual"], to: &json)
        container("exports", group, index, to: &json)
      }
    case .sasToken(let permissions):
      base("sasTokenEvidence", index, ["attacker"], to: &json)
      json.field("allowedIpAddresses", "0.0.0.0/0")
      json.field("allowedResourceTypes", ["Container", "Object"])
      json.field("allowedServices", ["Blob"])
      json.field("expiryDateTime", alert.created + 30 * Moment.day)
      json.field("permissions", permissions.split(separator: ",").map(String.init))
      json.field("protocol", "HttpsOnly")
      json.field("signatureHash", cast.hash(of: "sas", digits: 64))
      json.field("signedWith", "Key1")
      json.field("startDateTime", alert.created - Moment.day)
      json.object("storageResource") { storage(group, index, to: &$0) }
    default: break
    }
  }

  private var storageAccount: String { "\(cast.customer.code.lowercased())backup\(cast.number("storage", below: 90))" }

  private func container(_ name: String, _ group: String, _ index: Int, to json: inout JsonWriter) {
    json.field("name", name)
    json.field("url", "https://\(storageAccount).blob.example/\(name)")
    json.object("storageResource") { storage(group, index, to: &$0) }
  }

  private func storage(_ group: String, _ index: Int, to json: inout JsonWriter) {
    base("azureResourceEvidence", index, ["contextual"], to: &json)
    json.field("resourceId", "\(group)/Microsoft.Storage/storageAccounts/\(storageAccount)")
    json.field("resourceName", storageAccount)
    json.field("resourceType", "Microsoft.Storage/storageAccounts")
  }

  private func session(_ user: User, _ index: Int, to json: inout JsonWriter) {
    base("cloudLogonSessionEvidence", index, ["compromised"], to: &json)
    json.field("sessionId", cast.guid("session\(user.account)"))
    json.object("account") { account(in: user, withBase: index, to: &$0) }
    json.field("browser", "Chrome")
    json.field("deviceName", machine.name)
    json.field("operatingSystem", "Windows 10")
    json.field("previousLogonDateTime", alert.created - 2 * Moment.day)
    json.field("protocol", "OAuth2")
    json.field("startUtcDateTime", alert.created - 1800 * Moment.second)
    json.field(
      "userAgent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36")
  }
}
