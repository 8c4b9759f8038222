import FoundationEssentials
import PartnerModel
import PseudoTerminal

/// Fetches tokens and incident lists with curl, many at once: the same bytes without our client.
struct CurlFetch {
  /// What a fetch took and where the answers are, in the order of the tenants.
  struct Outcome {
    var cost: ChildProcess.Cost
    var bodies: [String]
  }

  let curl: String
  let place: BenchPlace
  private let folder: String
  private let app: AppRegistration
  private let form: String

  /// - Parameter name: of a new folder in `place` for its files; they are 0600, because there are secrets among them.
  init(_ lab: LabProcess, name: String, in place: BenchPlace, curl: String) throws {
    self.curl = curl
    self.place = place
    app = lab.configuration.app
    folder = try place.folder(place.path + "/" + name)
    form = folder + "/form"
    let secret = try String(contentsOfFile: lab.secretFile, encoding: .utf8).split(separator: "\n").first ?? ""
    let fields = [
      ("grant_type", "client_credentials"), ("client_id", app.clientID), ("client_secret", String(secret)),
      ("scope", "\(app.endpoints.graphResource)/.default"),
    ]
    try place.write(fields.map { "\($0)=\(percentEscaped($1))" }.joined(separator: "&"), to: form)
  }

  /// A token for each tenant.
  func tokens(_ tenants: [TenantID], run: String) throws -> (tokens: [String], cost: ChildProcess.Cost) {
    let outcome = try fetch(
      tenants.map { ["url = \"\(app.endpoints.authority)/\($0)/oauth2/v2.0/token\"", "data = \"@\(form)\""] },
      run: run + "-tokens")
    let tokens = try outcome.bodies.map { file in
      try JSONDecoder().decode(TokenBody.self, from: Data(contentsOf: URL(fileURLWithPath: file))).accessToken
    }
    return (tokens, outcome.cost)
  }

  /// A page of incidents for each tenant.
  /// - Parameter queries: what stands behind the `?`, unescaped, by tenant.
  func incidents(tokens: [String], queries: [[(String, String)]], run: String) throws -> Outcome {
    try fetch(
      zip(tokens, queries).map { token, query in
        let options = query.map { "\(percentEscaped($0))=\(percentEscaped($1))" }.joined(separator: "&")
        return [
          "url = \"\(app.endpoints.graph)/v1.0/security/incidents?\(options)\"",
          "header = \"Authorization: Bearer \(token)\"", "header = \"Prefer: include-unknown-enum-members\"",
        ]
      }, run: run + "-incidents")
  }

  private struct TokenBody: Decodable {
    var accessToken: String
    enum CodingKeys: String, CodingKey { case accessToken = "access_token" }
  }

  private func fetch(_ requests: [[String]], run: String) throws -> Outcome {
    let files = requests.indices.map { "\(folder)/\(run)-\($0)" }
    var text = "parallel\nparallel-max = 48\n"
    for (index, request) in requests.enumerated() {
      if index > 0 { text += "next\n" }
      text +=
        (request + ["output = \"\(files[index])\"", "write-out = \"%{http_code}\\n\"", "silent", "noproxy = \"*\""])
        .joined(separator: "\n") + "\n"
    }
    let configuration = "\(folder)/\(run).curl"
    try place.write(text, to: configuration)
    let codes = "\(folder)/\(run).codes"
    let cost = try ChildProcess.run(
      Program(curl, ["--config", configuration], environment: place.environment), output: codes)
    let answered = try String(contentsOfFile: codes, encoding: .utf8).split(separator: "\n")
    let refused = answered.filter { $0 != "200" }
    guard answered.count == requests.count, refused.isEmpty else {
      throw BenchError("curl \(run): \(answered.count) of \(requests.count) answers, \(refused.count) not 200")
    }
    return Outcome(cost: cost, bodies: files)
  }
}

/// As a form and a query take it: all but letters, digits and `-._~`.
private func percentEscaped(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var bytes: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      bytes.append(byte)
    default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}
