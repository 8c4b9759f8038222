/// Where a browser is sent back to, and how it carries the answer there.
struct ReturnAddress: Sendable {
  enum Mode: String, Sendable { case query, fragment, formPost = "form_post" }

  var redirect: String
  var mode = Mode.query
  /// As it stood in the request, escapes and all: it comes back byte for byte.
  var rawState: String?

  func answer(_ fields: [(name: String, value: String)]) -> LabAnswer {
    if mode == .formPost {
      var page = HtmlPage("Back to the app")
      let state = rawState.flatMap { percentDecoded($0, plusIsSpace: true) }.map { [(name: "state", value: $0)] } ?? []
      page.form(redirect, hidden: fields + state, buttons: [("", "", "Continue")])
      return page.answer
    }
    var parts = fields.map { "\($0.name)=\(percentEncoded($0.value))" }
    if let rawState { parts.append("state=\(rawState)") }
    let mark = mode == .fragment ? "#" : redirect.contains("?") ? "&" : "?"
    return LabAnswer(
      status: 302,
      headers: [
        ("Location", "\(Self.withPath(redirect))\(mark)\(parts.joined(separator: "&"))"),
        ("Cache-Control", "no-store, no-cache"), ("Referrer-Policy", "no-referrer"),
      ])
  }

  func answer(_ refusal: TokenRefusal, more: [(name: String, value: String)] = []) -> LabAnswer {
    answer(more + [("error", refusal.error), ("error_description", "AADSTS\(refusal.code): \(refusal.text)")])
  }

  /// Without a path the service puts a slash at the end.
  private static func withPath(_ redirect: String) -> String {
    guard let scheme = redirect.firstRange(of: "://") else { return redirect }
    let rest = redirect[scheme.upperBound...]
    guard !rest.contains("/"), !rest.contains("?") else { return redirect }
    return redirect + "/"
  }
}

extension LabWorld {
  /// Whether the app's registration holds this address: as it is, or as `http://localhost` whatever the port.
  func isRegistered(redirect: String) -> Bool {
    if options.redirects.contains(redirect) { return true }
    let local = "http://localhost"
    guard redirect.hasPrefix(local) else { return false }
    var rest = redirect.dropFirst(local.utf8.count)
    if rest.hasPrefix(":") {
      let port = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
      guard let number = Int(port), (1...65_535).contains(number) else { return false }
      rest = rest.dropFirst(1 + port.utf8.count)
    }
    return rest.isEmpty || rest == "/"
  }
}
