/// A page for a person: plain, and whole without scripts.
struct HtmlPage {
  private var parts: [String] = []
  private let title: String
  var status = 200

  init(_ title: String, status: Int = 200) {
    self.title = title
    self.status = status
    parts.append("<h1>\(Self.escaped(title))</h1>")
  }

  static func escaped(_ text: some StringProtocol) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  mutating func say(_ text: String) { parts.append("<p>\(Self.escaped(text))</p>") }

  mutating func list(_ items: [String]) {
    parts.append("<ul>\(items.map { "<li>\(Self.escaped($0))</li>" }.joined())</ul>")
  }

  /// A form that posts to this server, or wherever `action` leads.
  mutating func form(
    _ action: String, hidden: [(name: String, value: String)], buttons: [(name: String, value: String, label: String)],
    fields: [String] = []
  ) {
    let secrets = hidden.map { name, value in
      #"<input type="hidden" name="\#(Self.escaped(name))" value="\#(Self.escaped(value))">"#
    }
    let pressed = buttons.map { name, value, label in
      let named = name.isEmpty ? "" : #" name="\#(Self.escaped(name))" value="\#(Self.escaped(value))""#
      return "<button type=\"submit\"\(named)>\(Self.escaped(label))</button>"
    }
    parts.append(
      #"<form method="post" action="\#(Self.escaped(action))">"# + (secrets + fields).joined()
        + "<p>\(pressed.joined(separator: " "))</p></form>")
  }

  /// Lines to choose one of.
  static func choice(_ name: String, _ values: [(value: String, label: String)], chosen: String?) -> [String] {
    values.enumerated().map { index, item in
      let isChosen = chosen.map { $0.lowercased() == item.value.lowercased() } ?? (index == 0)
      return #"<p><label><input type="radio" name="\#(name)" value="\#(escaped(item.value))""#
        + (isChosen ? " checked" : "") + "> \(escaped(item.label))</label></p>"
    }
  }

  static func textField(_ name: String, _ label: String) -> String {
    #"<p><label>\#(escaped(label)) <input name="\#(name)" autocomplete="off" autofocus></label></p>"#
  }

  var answer: LabAnswer {
    let text = """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><title>\(Self.escaped(title))</title>
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <style>body{font:16px/1.5 sans-serif;margin:3em auto;max-width:36em;padding:0 1em}button{font:inherit;padding:.3em 1em}</style>
      </head><body>
      \(parts.joined(separator: "\n"))
      <p><small>The lab: no real account, no password.</small></p>
      </body></html>

      """
    return LabAnswer(
      status: status,
      headers: [
        ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store, no-cache"),
        ("Referrer-Policy", "no-referrer"), ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
        // Where a form leads to is not restricted: browsers would hold that against the redirect to the app.
        (
          "Content-Security-Policy",
          "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
        ),
      ], body: Array(text.utf8))
  }
}
