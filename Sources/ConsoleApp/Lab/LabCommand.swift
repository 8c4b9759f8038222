import ArgumentParser
import FoundationEssentials
import Glibc
import LabServer
import PartnerContext
import PartnerModel

struct LabCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lab",
    abstract: "Simulate Entra ID and Microsoft Graph on this machine, until SIGINT or SIGTERM.",
    discussion: """
      EXAMPLE
        partner-console lab --port 8787 --write-config lab/tenants.json
        partner-console --config lab/tenants.json
      """)

  @Option(help: "The loopback port; 0 picks a free one.") var port = 8787
  @Option(help: ArgumentHelp("Serve this many made-up tenants.", valueName: "N")) var tenants: Int?
  @Option(help: ArgumentHelp("Serve the tenants of this tenants.json.", valueName: "FILE")) var config: String?
  @Option(help: ArgumentHelp("Incidents of each tenant.", valueName: "N")) var incidents = 25
  @Option(help: "What the made-up data grows from.") var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Freeze the data's clock at this time (ISO 8601).", valueName: "TIME")) var epoch: String?
  @Option(help: "mixed: every consent state and trouble in turn; granted: all healthy.") var scenarios: Scenarios =
    .mixed
  @Option(help: ArgumentHelp("Add this to every answer.", valueName: "MS")) var latency = 0
  @Flag(help: "Others work too: every few seconds something changes.") var live = false
  @Flag(help: "Serve HTTPS with a certificate of the lab's own root.") var tls = false
  @Option(
    help: ArgumentHelp(
      "With --tls: write the lab's root here; beside --write-config FILE it is FILE.ca.pem by itself.",
      valueName: "FILE"))
  var caFile: String?
  @Option(
    help: ArgumentHelp(
      "Take what this certificate's key (PEM, RSA) has signed, beside the app's secret.", valueName: "FILE"))
  var appCertificate: String?
  @Flag(help: "With --app-certificate: take the jti of a signed assertion once only; Entra ID takes it again.")
  var refuseRepeatedJti = false
  @Option(help: ArgumentHelp("Write a tenants.json for this lab; its secret goes to FILE.secret.", valueName: "FILE"))
  var writeConfig: String?
  @Option(
    help: ArgumentHelp(
      "With --write-config: the app is a public client, without a secret, and acts as whoever signs in.",
      valueName: "user"))
  var context: Context?
  @Flag(help: "Replace the files of --write-config, --ca-file and --federated-token if they exist.") var force = false
  @Option(help: ArgumentHelp("Write the base URL here once the lab listens.", valueName: "FILE")) var readyFile: String?
  @Option(
    help: ArgumentHelp(
      "Keep a token of the lab's own OpenID provider in this file, which the app's registration trusts.",
      valueName: "FILE"))
  var federatedToken: String?
  @Option(
    help: ArgumentHelp(
      "Serve a key vault as NAME.localhost; the app's secret is in it as app-secret, a certificate as app-certificate.",
      valueName: "NAME"))
  var vault: String?
  @Flag(help: .private) var untilInputCloses = false
  @Option(help: .private) var listener: Int32?

  enum Context: String, ExpressibleByArgument, CaseIterable { case user }
  enum Scenarios: String, ExpressibleByArgument, CaseIterable { case mixed, granted }

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port is 0 to 65535.") }
    guard tenants == nil || config == nil else { throw ValidationError("Use --tenants or --config, not both.") }
    if let tenants, !(1...20_000).contains(tenants) { throw ValidationError("--tenants is 1 to 20000.") }
    guard (0...100_000).contains(incidents) else { throw ValidationError("--incidents is 0 to 100000.") }
    guard (0...600_000).contains(latency) else { throw ValidationError("--latency is 0 to 600000 ms.") }
    if let epoch, Timestamp(epoch) == nil {
      throw ValidationError("--epoch is a time like 2026-03-01T08:00:00Z.")
    }
    guard context == nil || writeConfig != nil else { throw ValidationError("--context goes with --write-config.") }
    guard caFile == nil || tls else { throw ValidationError("--ca-file goes with --tls.") }
    guard !refuseRepeatedJti || appCertificate != nil else {
      throw ValidationError("--refuse-repeated-jti goes with --app-certificate.")
    }
    if let vault, !(3...24).contains(vault.utf8.count) || !vault.utf8.allSatisfy(Self.isOfVaultName) {
      throw ValidationError("--vault is a name of 3 to 24 letters, digits and hyphens.")
    }
    guard !force || writeConfig != nil || caFile != nil || federatedToken != nil else {
      throw ValidationError("--force goes with --write-config, --ca-file or --federated-token.")
    }
    let ready = readyFile.map { PrivateFile.place(of: ConfigurationFile.absolute($0)) }
    let token = federatedToken.map { PrivateFile.place(of: ConfigurationFile.absolute($0)) }
    let files = writtenFiles.map(PrivateFile.place) + [ready].compactMap(\.self)
    guard Set(files).count == files.count else {
      throw ValidationError(
        "--write-config, --ca-file, --ready-file and --federated-token name the same file; give each its own.")
    }
    let served = config.map { PrivateFile.place(of: ConfigurationFile.absolute($0)) }
    for (option, file) in [("--ready-file", ready), ("--federated-token", token)] where file != nil && file == served {
      throw ValidationError("\(option) would replace the file of --config; give it its own.")
    }
  }

  private static func isOfVaultName(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "-") || Character(Unicode.Scalar(byte)).isLetter && byte < 128
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  func run() throws {
    try CommandEnding.reported {
      let served = try servedConfiguration()
      try refuseToReplace()
      let named = config != nil && writeConfig == nil ? served.app.credentials : []
      var accepted = try AcceptedCredentials(of: named)
      let secret = accepted.secrets.first ?? LabSecret.random()
      if let vault { try accepted.serve(vault: vault, holding: secret) }
      var options = options(served, secret: secret)
      accepted.apply(to: &options)
      if let appCertificate {
        options.certificates.append(
          try AcceptedCredentials.certificate(in: ConfigurationFile.absolute(appCertificate)))
      }
      if federatedToken != nil, !options.federatedCredentials.contains(.workloadIdentity) {
        options.federatedCredentials.append(.workloadIdentity)
      }
      let server = try start(options)
      if let rootFile, let pem = server.caPEM { try PrivateFile.write(pem, to: rootFile, replacing: force) }
      try writeConfiguration(served, server: server, secret: secret)
      let renewal = try federatedToken.map {
        try FederatedTokenFile(path: ConfigurationFile.absolute($0), server: server).keep()
      }
      defer { renewal?.cancel() }
      if let readyFile {
        try PrivateFile.write(server.baseURL + "\n", to: ConfigurationFile.absolute(readyFile), replacing: true)
      }
      StandardStreams.say("Lab at \(server.baseURL), \(options.tenants.count) tenants. Ctrl-C stops it.")
      if writeConfig == nil, config == nil {
        StandardStreams.say("Add --write-config FILE to get a tenants.json for it.")
      }
      if federatedToken == nil, let file = accepted.tokenFile {
        StandardStreams.say("Nothing writes \(file), where the app's token is looked for. Add --federated-token FILE.")
      }
      Blocking.waitForStop(untilInputCloses: untilInputCloses)
      _ = try? Blocking.run { await server.stop() }
    }
  }

  /// Where the lab's root goes; a configuration that is written for HTTPS is of no use without it.
  private var rootFile: String? {
    guard tls else { return nil }
    return (caFile ?? writeConfig.map { $0 + ".ca.pem" }).map(ConfigurationFile.absolute)
  }

  /// The files that a lab is told by, and that somebody may still need.
  private var writtenFiles: [String] {
    let configuration = writeConfig.map(ConfigurationFile.absolute)
    let token = federatedToken.map(ConfigurationFile.absolute)
    let secret = context == .user ? nil : configuration.map(Self.secretFile)
    return [configuration, secret, rootFile, token].compactMap(\.self)
  }

  private static func secretFile(of configuration: String) -> String { configuration + ".secret" }

  /// Before anything is written: a configuration without its secret, or the other way round, is of no use.
  private func refuseToReplace() throws(CommandError) {
    guard !force else { return }
    let there = writtenFiles.filter(PrivateFile.exists)
    guard !there.isEmpty else { return }
    throw CommandError(
      .nothingDone,
      "\(there.joined(separator: ", ")): \(there.count == 1 ? "exists" : "exist"). Nothing was written: name other files, or replace with --force."
    )
  }

  /// What is served, in the context that was asked for.
  private func servedConfiguration() throws -> Configuration {
    var served = try namedConfiguration()
    guard context == .user else { return served }
    served.app.credentials = []
    for index in served.tenants.indices { served.tenants[index].context = .user }
    return served
  }

  private func namedConfiguration() throws -> Configuration {
    if let config { return try ConfigurationFile.read(ConfigurationFile.absolute(config)) }
    var sample = try SampleTenants.configuration()
    if let tenants {
      sample.tenants = try LabTenant.generate(count: tenants, seed: seed).map { made in
        guard let id = TenantID(made.id) else { throw CommandError(.nothingDone, "\(made.id) is not a GUID") }
        return Tenant(id: id, name: made.name, domain: made.domain)
      }
    }
    return sample
  }

  private func options(_ served: Configuration, secret: String) -> LabOptions {
    var options = LabOptions(
      tenants: served.tenants.map { tenant in
        LabTenant(
          id: tenant.id.rawValue, name: tenant.name, domain: tenant.domain ?? "",
          requiredRoles: served.requiredRoles(for: tenant).map(\.rawValue))
      },
      secret: secret, scenarios: scenarios == .mixed ? .mixed : .granted)
    options.clientID = served.app.clientID
    options.homeTenant = served.app.homeTenant.rawValue
    options.isPublicClient = served.app.isPublicClient
    options.redirects = [served.app.consentRedirect].compactMap(\.self)
    options.users = [served.operatorUPN].compactMap { upn in upn.map { LabUser($0, name: Self.name(of: $0)) } }
    options.requiredRoles = served.app.permissions.map(\.rawValue)
    options.incidentsPerTenant = incidents
    options.seed = seed
    options.epoch = epoch.flatMap { Timestamp($0)?.date }
    options.latencyMilliseconds = latency
    options.live = live
    options.tls = tls
    options.port = port
    options.listener = listener
    options.refusesRepeatedAssertions = refuseRepeatedJti
    return options
  }

  /// `anna.berg@partner.example` is Anna Berg.
  private static func name(of upn: String) -> String {
    upn.prefix { $0 != "@" }.split(separator: ".").map { $0.prefix(1).uppercased() + $0.dropFirst() }
      .joined(separator: " ")
  }

  private func start(_ options: LabOptions) throws -> LabServer {
    do {
      return try Blocking.run { try await LabServer.start(options) }
    } catch let error as LabStartError {
      throw CommandError(.nothingDone, error.description)
    }
  }

  private func writeConfiguration(_ served: Configuration, server: LabServer, secret: String) throws {
    guard let writeConfig else { return }
    let path = ConfigurationFile.absolute(writeConfig)
    let secretFile = Self.secretFile(of: path)
    if !served.app.isPublicClient { try PrivateFile.write(secret + "\n", to: secretFile, replacing: force) }
    let text = ConfigurationText(
      configuration: served, baseURL: server.baseURL, secretFile: secretFile,
      caFile: rootFile
    ).text
    try PrivateFile.write(text, to: path, replacing: force)
  }
}
