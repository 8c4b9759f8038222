/// Writes the evidence of one alert with the fields of each type.
struct EvidenceWriter {
  let alert: Alert
  let template: AlertTemplate
  let cast: Cast
  let spelling: Spelling
  let tenantID: String

  /// The machine that files, sessions and connections of this alert belong to.
  let machine: Device
  /// Who is signed in there; nil in a story without people.
  let user: User?

  init(_ alert: Alert, _ template: AlertTemplate, _ cast: Cast, spelling: Spelling, tenantID: String) {
    self.alert = alert
    self.template = template
    self.cast = cast
    self.spelling = spelling
    self.tenantID = tenantID
    // What the alert itself names first, else what its story does.
    let plans = template.evidence + Story.all[alert.home.story].alerts.flatMap(\.evidence)
    machine = plans.lazy.compactMap { $0.machine(in: cast) }.first ?? cast.device(1)
    user = plans.lazy.compactMap { $0.user(in: cast) }.first
  }

  func writeAll(to json: inout JsonWriter) {
    for (index, plan) in template.evidence.enumerated() { write(plan, index, on: machine, to: &json) }
    guard alert.home.oddity == .huge else { return }
    for extra in 10..<14 {
      let machine = cast.device(extra)
      write(.device(extra), extra * 3, on: machine, to: &json)
      write(.user(extra), extra * 3 + 1, on: machine, to: &json)
      write(.file("stage\(extra).dll", path: #"C:\ProgramData"#), extra * 3 + 2, on: machine, to: &json)
    }
  }

  private func write(_ plan: EvidencePlan, _ index: Int, on machine: Device, to json: inout JsonWriter) {
    json.object { json in
      switch plan {
      case .device(let number): device(cast.device(number), index, to: &json)
      case .server(let number): device(cast.server(number), index, to: &json)
      case .user(let number):
        base("userEvidence", index, ["compromised"], to: &json)
        account(cast.user(number), to: &json)
        json.null("stream")
      case .file(let name, let path):
        base("fileEvidence", index, ["suspicious"], harmful: true, to: &json)
        json.field("detectionStatus", cast.number(name, below: 2) == 0 ? "detected" : "prevented")
        json.field("mdeDeviceId", machine.mdeID)
        file("fileDetails", name, path, to: &json)
      case .process(let image, let command, let parent, let user):
        process(image, command, parent, machine, cast.user(user), index, to: &json)
      case .serverProcess(let image, let command, let parent):
        process(image, command, parent, cast.server(1), nil, index, to: &json)
      case .registryKey(let key):
        base("registryKeyEvidence", index, ["created"], to: &json)
        json.field("registryHive", "HKEY_LOCAL_MACHINE")
        json.field("registryKey", key)
      case .registryValue(let key, let name, let value):
        base("registryValueEvidence", index, ["edited"], to: &json)
        json.field("mdeDeviceId", machine.mdeID)
        json.field("registryHive", "HKEY_CURRENT_USER")
        json.field("registryKey", key)
        json.field("registryValue", value)
        json.field("registryValueName", name)
        json.field("registryValueType", "String")
      case .hostSession(let user):
        base("hostLogonSessionEvidence", index, ["contextual"], to: &json)
        json.field("sessionId", "0x\(cast.hash(of: "session\(user)", digits: 6))")
        json.object("account") { account(in: cast.user(user), withBase: index, to: &$0) }
        json.object("host") { device(machine, index, to: &$0) }
        json.field("startUtcDateTime", alert.created - 3600 * Moment.second)
        json.null("endUtcDateTime")
      case .malware(let name, let category, let fileName):
        base("malwareEvidence", index, ["suspicious"], harmful: true, to: &json)
        json.field("name", name)
        json.field("category", category)
        json.array("files") { json in
          json.object { json in
            base("fileEvidence", index, ["suspicious"], harmful: true, to: &json)
            json.field("detectionStatus", "detected")
            json.field("mdeDeviceId", machine.mdeID)
            file("fileDetails", fileName, #"C:\Users\Public"#, to: &json)
          }
        }
        json.array("processes") { _ in }
      case .fileHash(let name):
        base("fileHashEvidence", index, ["suspicious"], harmful: true, to: &json)
        json.field("algorithm", "sha256")
        json.field("value", cast.hash(of: name, digits: 64))
      default:
        let isWritten =
          network(plan, index, to: &json) || mail(plan, index, to: &json) || workload(plan, index, to: &json)
          || code(plan, index, to: &json) || control(plan, index, to: &json)
        if !isWritten { cloud(plan, index, to: &json) }
      }
    }
  }

  /// The fields that all types have.
  func base(
    _ type: String, _ index: Int, _ roles: [String], harmful: Bool = false, to json: inout JsonWriter
  ) {
    var chance = Chance(cast.seed, 0xE71D, UInt64(alert.index), UInt64(index))
    json.field("@odata.type", "#microsoft.graph.security.\(type)")
    json.field("createdDateTime", alert.created - Int64(chance.below(40_000_000)))
    let verdict =
      harmful ? ["malicious", "malicious", "suspicious"] : ["unknown", "suspicious", "noThreatsFound", "suspicious"]
    json.field("verdict", chance.pick(verdict))
    let status = harmful ? ["remediated", "prevented", "blocked", "active"] : ["none", "none", "active", "notFound"]
    json.field("remediationStatus", spelling.remediation(chance.pick(status)))
    json.null("remediationStatusDetails")
    json.field("roles", roles)
    json.array("detailedRoles") { _ in }
    json.array("tags") { json in if chance.below(6) == 0 { json.string("Crown jewel") } }
  }

  func account(_ user: User, to json: inout JsonWriter) {
    json.object("userAccount") { json in
      json.field("accountName", user.account)
      json.field("domainName", cast.customer.ntDomain)
      json.field("userSid", user.sid)
      json.field("azureAdUserId", user.azureID)
      json.field("userPrincipalName", user.upn)
      json.field("displayName", user.displayName)
      json.field("activeDirectoryObjectGuid", user.directoryID)
      json.field("tenantId", tenantID)
      json.array("resourceAccessEvents") { _ in }
    }
  }

  func account(in user: User, withBase index: Int, to json: inout JsonWriter) {
    base("userEvidence", index, ["contextual"], to: &json)
    account(user, to: &json)
    json.null("stream")
  }

  private func device(_ device: Device, _ index: Int, to json: inout JsonWriter) {
    base("deviceEvidence", index, ["compromised"], to: &json)
    var chance = Chance(cast.seed, stableHash(device.mdeID))
    json.field("firstSeenDateTime", alert.created - Int64(chance.below(400)) * Moment.day)
    json.field("mdeDeviceId", device.mdeID)
    json.field("azureAdDeviceId", device.azureID)
    json.field("deviceDnsName", cast.hostile(9) ?? device.dnsName)
    json.field("hostName", device.name)
    json.field("ntDomain", cast.customer.ntDomain)
    json.field("dnsDomain", device.dnsDomain)
    json.field("osPlatform", device.release.platform)
    json.field("osBuild", device.release.build)
    json.field("version", device.release.version)
    json.field("healthStatus", chance.pick(["active", "active", "inactive", "impairedCommunication"]))
    json.field("riskScore", chance.pick(["high", "medium", "low", "none"]))
    json.field("rbacGroupId", device.groupID)
    json.field("rbacGroupName", device.group)
    json.field("onboardingStatus", "onboarded")
    json.field("defenderAvStatus", chance.pick(["updated", "updated", "notUpdated", "disabled"]))
    json.field("lastIpAddress", device.address)
    json.field("lastExternalIpAddress", "192.0.2.\(1 + chance.below(250))")
    json.field("ipInterfaces", [device.address, "fe80::\(chance.hex(4)):\(chance.hex(4))", "127.0.0.1"])
    json.array("loggedOnUsers") { json in
      guard let user else { return }
      json.object { json in
        json.field("accountName", user.account)
        json.field("domainName", cast.customer.ntDomain)
      }
    }
    json.array("resourceAccessEvents") { _ in }
    if let vm = device.vm {
      json.object("vmMetadata") { json in
        let group = "/subscriptions/\(cast.customer.subscription)/resourceGroups/prod"
        json.field("vmId", vm)
        json.field("cloudProvider", "azure")
        json.field("resourceId", "\(group)/providers/Microsoft.Compute/virtualMachines/\(device.name)")
        json.field("subscriptionId", cast.customer.subscription)
      }
    } else {
      json.null("vmMetadata")
    }
  }

  func file(_ key: StaticString, _ name: String, _ path: String, to json: inout JsonWriter) {
    // What anyone may write to, such as ProgramData or the folder for temporary files, is not Microsoft's.
    let isSystem = path.hasPrefix(#"C:\Windows\System32"#) || path.hasPrefix(#"C:\Program Files\"#)
    json.object(key) { json in
      json.field("sha1", cast.hash(of: name, digits: 40))
      json.field("sha256", cast.hash(of: name, digits: 64))
      json.field("md5", cast.hash(of: name, digits: 32))
      json.field("sha256Ac", cast.hash(of: "ac:\(name)", digits: 64))
      json.field("fileName", cast.hostile(5) ?? name)
      json.field("filePath", cast.fill(path))
      json.field("fileSize", 4096 + cast.number(name, below: 900_000))
      json.field("filePublisher", isSystem ? "Microsoft Corporation" : nil)
      json.field("signer", isSystem ? "Microsoft Windows" : nil)
      json.field("issuer", isSystem ? "Microsoft Windows Production PCA 2011" : nil)
    }
  }

  private func process(
    _ image: String, _ command: String, _ parent: String, _ device: Device, _ user: User?, _ index: Int,
    to json: inout JsonWriter
  ) {
    base("processEvidence", index, ["suspicious"], harmful: true, to: &json)
    let system = #"C:\Windows\System32"#
    json.field("processId", 1000 + cast.number(image, below: 20_000))
    json.field("parentProcessId", 500 + cast.number(parent, below: 9000))
    json.field("processCommandLine", cast.hostile(7) ?? cast.fill(command))
    json.field("processCreationDateTime", alert.created - 61 * Moment.second)
    json.field("parentProcessCreationDateTime", alert.created - 95 * Moment.second)
    json.field("detectionStatus", "detected")
    json.field("mdeDeviceId", device.mdeID)
    file("imageFile", image, system, to: &json)
    file("parentProcessImageFile", parent, system, to: &json)
    if let user {
      account(user, to: &json)
    } else {
      json.object("userAccount") { json in
        json.field("accountName", "SYSTEM")
        json.field("domainName", "NT AUTHORITY")
        json.field("userSid", "S-1-5-18")
        json.null("azureAdUserId", "userPrincipalName", "displayName", "activeDirectoryObjectGuid", "tenantId")
        json.array("resourceAccessEvents") { _ in }
      }
    }
  }
}

extension EvidencePlan {
  fileprivate func machine(in cast: Cast) -> Device? {
    switch self {
    case .device(let number): cast.device(number)
    case .server(let number): cast.server(number)
    default: nil
    }
  }

  fileprivate func user(in cast: Cast) -> User? {
    if case .user(let number) = self { cast.user(number) } else { nil }
  }
}
