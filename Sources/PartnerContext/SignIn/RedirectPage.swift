/// The page that a browser ends on: plain, readable, without scripts, and without anything that the request held.
package struct RedirectPage: Hashable, Sendable {
  package var status: Int
  package var title: String
  /// One or two sentences.
  package var words: String

  /// - Parameters:
  ///   - title: what happened, in a few words of ours.
  ///   - words: what to do now; names that came from outside are escaped.
  package init(status: Int = 200, title: String, words: String) {
    self.status = status
    self.title = title
    self.words = words
  }

  init(_ refusal: RedirectRequest.Refusal) {
    status = refusal.rawValue
    (title, words) =
      switch refusal {
      case .malformed: ("Not understood", "This address only takes what a sign-in sends back.")
      case .foreignState:
        (
          "Not what is waited for",
          "This page belongs to no sign-in that partner-console waits for. Start it again there."
        )
      case .otherPath: ("Nothing here", "There is nothing to see at this address.")
      case .otherMethod: ("Nothing here", "This address only takes what a sign-in sends back.")
      case .foreignHost: ("Nothing here", "There is nothing to see under this name.")
      case .tooLarge: ("Too much", "What came back is larger than any sign-in's answer.")
      }
  }

  /// The whole answer as it goes over the connection.
  var bytes: [UInt8] {
    let body = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Self.escaped(title)) · partner-console</title>
      <style>
      :root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
      main { max-width: 34rem; margin: 20vh auto 0; padding: 0 1.5rem; }
      h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
      p { margin: 0 0 1rem; }
      footer { opacity: .7; font-size: .9rem; }
      </style>
      </head>
      <body>
      <main>
      <h1>\(Self.escaped(title))</h1>
      <p>\(Self.escaped(words))</p>
      <footer>partner-console</footer>
      </main>
      </body>
      </html>

      """
    let head = """
      HTTP/1.1 \(status) \(reason)\r
      Content-Type: text/html; charset=utf-8\r
      Content-Length: \(body.utf8.count)\r
      Cache-Control: no-store\r
      Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r
      Referrer-Policy: no-referrer\r
      X-Content-Type-Options: nosniff\r
      \(status == 405 ? "Allow: GET\r\n" : "")Connection: close\r
      \r

      """
    return Array(head.utf8) + Array(body.utf8)
  }

  private var reason: String {
    switch status {
    case 200: "OK"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 421: "Misdirected Request"
    case 431: "Request Header Fields Too Large"
    default: "Bad Request"
    }
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      // A name from outside never turns the line round, or ends it.
      case _ where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format:
        escaped += "&#xFFFD;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
