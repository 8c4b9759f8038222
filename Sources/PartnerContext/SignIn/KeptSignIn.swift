import FoundationEssentials
import PartnerModel

/// A sign-in as it rests: who it is, in one line of JSON, and the refresh token behind it.
///
/// The token is bound to the person and the app, not to a tenant: it is redeemed at each customer's.
struct KeptSignIn: Sendable {
  var account: String
  var objectID: String
  /// Where the person signed in.
  var tenant: TenantID
  var signedInAt: Date
  var token: Secret

  /// - Throws: `.damaged` where the text is none of ours, `.newerVersion` where a later release wrote it.
  init(_ text: Secret, from place: String) throws(SignInStoreError) {
    let parsed = text.withBytes { bytes -> (JSONNode, Secret)? in
      guard let end = bytes.firstIndex(of: 0x0A), end < 4096, end + 1 < bytes.count,
        let head = try? JSONReader.read(utf8: Array(bytes[..<end]))
      else { return nil }
      return (head, Secret(copying: UnsafeRawBufferPointer(rebasing: bytes[(end + 1)...]), into: .process))
    }
    guard let (head, token) = parsed, let version = head["version"]?.number else {
      throw .damaged(place: place, reason: "it holds no sign-in")
    }
    guard version == 1 else { throw .newerVersion(path: place) }
    guard let account = head["account"]?.string, let objectID = head["objectId"]?.string,
      let tenant = head["tenant"]?.string.flatMap({ TenantID($0) }),
      let at = head["signedInAt"]?.string.flatMap({ Timestamp($0) })
    else { throw .damaged(place: place, reason: "it names nobody") }
    (self.account, self.objectID, self.tenant, self.token) = (account, objectID, tenant, token)
    signedInAt = at.date
  }

  init(account: String, objectID: String, tenant: TenantID, signedInAt: Date, token: Secret) {
    (self.account, self.objectID, self.tenant) = (account, objectID, tenant)
    (self.signedInAt, self.token) = (signedInAt, token)
  }

  /// As it is kept.
  var text: Secret {
    let head = JSONNode.object([
      "version": .number(1), "account": .string(account), "objectId": .string(objectID),
      "tenant": .string(tenant.rawValue), "signedInAt": .string(Timestamp(signedInAt).description),
    ])
    let text = WipedBytes(capacity: 4096)
    text.append(head.text(isPretty: false))
    text.append(UInt8(ascii: "\n"))
    token.withBytes { text.append($0) }
    return text.withBytes { Secret(copying: $0, into: .process) }
  }
}
