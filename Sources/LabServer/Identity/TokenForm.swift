import FoundationEssentials

/// The form that a token is asked for with, and what HTTP Basic adds to it.
struct TokenForm {
  private var fields: [String: String] = [:]
  private let basic: (client: String, secret: String)?

  /// - Throws: the refusal for anything but a form that is posted and names nothing twice.
  init(_ request: LabRequest) throws {
    guard request.method == "POST" else { throw TokenRefusal.postOnly }
    guard request.contentType == "application/x-www-form-urlencoded",
      let text = String(validating: request.body, as: UTF8.self), let pairs = formFields(text)
    else { throw TokenRefusal.malformedBody }
    for (name, value) in pairs {
      guard fields.updateValue(value, forKey: name) == nil else { throw TokenRefusal.duplicateParameter(name) }
    }
    basic = Self.basicCredential(request)
  }

  subscript(_ name: String) -> String? { fields[name] }

  /// - Throws: 900144 where it is missing or empty.
  func required(_ name: String) throws -> String {
    guard let value = fields[name], !value.isEmpty else { throw TokenRefusal.missingParameter(name) }
    return value
  }

  func client() throws -> String { try fields["client_id"] ?? basic?.client ?? required("client_id") }

  var secret: String? { fields["client_secret"] ?? basic?.secret }

  /// Client id and secret of HTTP Basic, each form-encoded (RFC 6749, section 2.3.1).
  private static func basicCredential(_ request: LabRequest) -> (client: String, secret: String)? {
    guard let value = request.header("Authorization"), value.lowercased().hasPrefix("basic "),
      let data = Data(base64Encoded: String(value.dropFirst("basic ".count))),
      let text = String(validating: data, as: UTF8.self)
    else { return nil }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let client = percentDecoded(parts[0], plusIsSpace: true),
      let secret = percentDecoded(parts[1], plusIsSpace: true)
    else { return nil }
    return (client, secret)
  }
}
