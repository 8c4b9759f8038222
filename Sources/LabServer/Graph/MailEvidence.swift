extension EvidenceWriter {
  /// Evidence of mail and chat; false when the plan is of another kind.
  func mail(_ plan: EvidencePlan, _ index: Int, to json: inout JsonWriter) -> Bool {
    switch plan {
    case .message(let subject, let recipient):
      base("analyzedMessageEvidence", index, ["attacker"], harmful: true, to: &json)
      message(cast.hostile(6) ?? cast.fill(subject), cast.user(recipient), to: &json)
    case .mailbox(let number):
      let user = cast.user(number)
      base("mailboxEvidence", index, ["attacked"], to: &json)
      json.field("primaryAddress", user.upn)
      json.field("displayName", user.displayName)
      json.field("upn", user.upn)
      account(user, to: &json)
    case .mailCluster(let subject):
      base("mailClusterEvidence", index, ["contextual"], to: &json)
      json.field("networkMessageIds", (0..<3).map { cast.guid("network\($0)") })
      json.field("emailCount", 3 + cast.number(subject, below: 60))
      json.field("clusterBy", "Subject;P2SenderDomain;ContentType")
      json.field("clusterByValue", "\(cast.fill(subject));\(cast.attackerDomain);1")
      json.field("query", #"( (Subject:"\#(cast.fill(subject))") AND (P2SenderDomain:"\#(cast.attackerDomain)") )"#)
      json.field("urn", "urn:MailClusterEntity:\(cast.hash(of: subject, digits: 32))")
    case .inboxRule(let name, let number):
      let user = cast.user(number)
      base("mailboxConfigurationEvidence", index, ["created"], harmful: true, to: &json)
      json.field("configurationId", cast.hash(of: name, digits: 20))
      json.field("configurationType", "userInboxRule")
      json.field("displayName", cast.hostile(8) ?? name)
      json.field("mailboxPrimaryAddress", user.upn)
      json.field("upn", user.upn)
      json.field("externalDirectoryObjectId", user.azureID)
    case .submission(let subject, let number):
      let user = cast.user(number)
      base("submissionMailEvidence", index, ["contextual"], to: &json)
      json.field("networkMessageId", cast.guid("network0"))
      json.field("submissionId", cast.guid("submission"))
      json.field("submissionDateTime", alert.created - 120 * Moment.second)
      json.field("submitter", user.upn)
      json.field("recipient", user.upn)
      json.field("sender", "billing@\(cast.attackerDomain)")
      json.field("senderIp", cast.attackerAddress(1))
      json.field("subject", cast.fill(subject))
      json.field("reportType", "Phish")
    case .teamsMessage(let text, let recipient):
      teamsMessage(text, cast.user(recipient), index, to: &json)
    default: return false
    }
    return true
  }

  private func message(_ subject: String, _ recipient: User, to json: inout JsonWriter) {
    json.field("networkMessageId", cast.guid("network0"))
    json.field("internetMessageId", "<\(cast.hash(of: subject, digits: 24))@\(cast.attackerDomain)>")
    json.field("subject", subject)
    json.field("language", "en")
    json.field("senderIp", cast.attackerAddress(1))
    json.field("recipientEmailAddress", recipient.upn)
    json.field("antiSpamDirection", "Inbound")
    json.field("deliveryAction", "Delivered")
    json.field("deliveryLocation", "Inbox")
    json.field("urn", "urn:MailEntity:\(cast.hash(of: "urn\(subject)", digits: 32))")
    json.field("threats", ["Phish"])
    json.field("threatDetectionMethods", ["URL detonation reputation"])
    json.field("urls", ["https://\(cast.attackerDomain)/a/\(cast.hash(of: "path", digits: 8))"])
    json.field("urlCount", 1)
    json.field("attachmentsCount", 0)
    json.field("receivedDateTime", alert.created - 900 * Moment.second)
    for key in ["p1Sender", "p2Sender"] {
      json.name(key)
      json.object { json in
        json.field("emailAddress", "billing@\(cast.attackerDomain)")
        json.field("displayName", key == "p1Sender" ? nil : "\(cast.customer.tenant.name) Billing")
        json.field("domainName", cast.attackerDomain)
      }
    }
  }

  private func teamsMessage(_ text: String, _ recipient: User, _ index: Int, to json: inout JsonWriter) {
    base("teamsMessageEvidence", index, ["attacker"], harmful: true, to: &json)
    let thread = "19:\(cast.hash(of: "thread", digits: 32))@unq.gbl.spaces"
    json.field("campaignId", cast.guid("campaign"))
    json.null("channelId", "groupId", "parentMessageId")
    json.field("deliveryAction", "delivered")
    json.field("deliveryLocation", "teams")
    json.array("files") { _ in }
    json.field("isExternal", true)
    json.field("isOwned", false)
    json.field("lastModifiedDateTime", alert.created - 400 * Moment.second)
    json.field("messageDirection", "inbound")
    json.field("messageId", String(alert.created.ticks / 10_000))
    json.field("owningTenantId", cast.guid("owning tenant"))
    json.field("receivedDateTime", alert.created - 400 * Moment.second)
    json.field("recipients", [recipient.upn])
    json.field("senderFromAddress", "helpdesk@\(cast.attackerDomain)")
    json.field("senderIP", cast.attackerAddress(1))
    json.field("sourceAppName", "Teams")
    json.field("sourceId", cast.guid("source"))
    json.field("subject", cast.fill(text))
    json.field("suspiciousRecipients", [recipient.upn])
    json.field("threadId", thread)
    json.field("threadType", "chat")
    json.array("urls") { json in
      json.object { json in
        base("urlEvidence", index, ["attacker"], harmful: true, to: &json)
        json.field("url", "https://\(cast.attackerDomain)/support")
      }
    }
  }
}
