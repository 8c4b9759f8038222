import PartnerModel
import Testing

@Suite("Who acts, and where a sign-in rests, in tenants.json")
struct ConfigurationSignInTests {
  private static func text(
    credential: String = #"{ "type": "none" }"#, signIn: String = "", context: String? = "user"
  ) -> String {
    """
    { "version": 1,
      "app": { "clientId": "11111111-2222-4333-8444-555555555555", "homeTenant": "22222222-2222-4333-8444-555555555555",
        "credentials": [ \(credential) ] },
      \(signIn)
      "tenants": [ { "id": "33333333-2222-4333-8444-555555555555"\(context.map { ", \"context\": \"\($0)\"" } ?? "") } ] }
    """
  }

  @Test("A public client has no credential, and its tenants are people's")
  func publicClient() throws {
    let configuration = try ConfigurationReader.read(Self.text(), file: "/c/t.json")
    #expect(configuration.app.isPublicClient)
    #expect(configuration.tenants.map(\.context) == [.user])
  }

  @Test("The context is the app's own where nothing else is written")
  func contexts() throws {
    let secret = #"{ "type": "secret", "env": "S" }"#
    for (context, expected) in [(nil, TenantContext.application), ("application", .application), ("user", .user)] {
      let text = Self.text(credential: secret, context: context)
      let configuration = try ConfigurationReader.read(text, file: "/c/t.json")
      #expect(configuration.tenants.map(\.context) == [expected])
      #expect(!configuration.app.isPublicClient)
    }
  }

  @Test(
    "Where a sign-in rests is read to the last key",
    arguments: [
      ("", SignInPolicy()),
      (#""signIn": { },"#, SignInPolicy()),
      (#""signIn": { "store": "none" },"#, SignInPolicy(store: SignInPolicy.Store.none)),
      (#""signIn": { "store": "secretService" },"#, SignInPolicy(store: .secretService)),
      (#""signIn": { "store": "keyring" },"#, SignInPolicy(store: .keyring)),
      (
        #""signIn": { "store": "file", "passphrase": { "env": "P" } },"#,
        SignInPolicy(store: .file, passphrase: .environment("P"))
      ),
      (#""signIn": { "passphrase": { "file": "p" } },"#, SignInPolicy(passphrase: .file("/c/p"))),
      (
        #""signIn": { "store": "command", "command": [ "pass-helper", "x" ] },"#,
        SignInPolicy(store: .command, command: ["pass-helper", "x"])
      ),
    ])
  func stores(signIn: String, expected: SignInPolicy) throws {
    #expect(try ConfigurationReader.read(Self.text(signIn: signIn), file: "/c/t.json").signIn == expected)
  }

  @Test(
    "F62: a sign-in that cannot be kept, and an app that cannot act, are told",
    arguments: [
      (text(context: nil), "tenants[0].context", "acts for people alone"),
      (text(context: "application"), "tenants[0].context", "acts for people alone"),
      (text(credential: #"{ "type": "none" }, { "type": "secret", "env": "S" }"#), "app.credentials", "beside others"),
      (text(signIn: #""signIn": { "store": "disk" },"#), "signIn.store", "not a store"),
      (text(signIn: #""signIn": { "store": "file" },"#), "signIn", "needs a passphrase"),
      (text(signIn: #""signIn": { "store": "command" },"#), "signIn", "names no program"),
      (text(signIn: #""signIn": { "store": "file", "passphrase": "x" },"#), "signIn.passphrase", "must not stand"),
      (
        text(signIn: #""signIn": { "store": "file", "passphrase": { "value": "x" } },"#), "signIn.passphrase.value",
        "must not stand"
      ),
      (
        text(signIn: #""signIn": { "store": "none", "passphrase": { "env": "P" } },"#), "signIn.passphrase",
        "only used with"
      ),
      (text(signIn: #""signIn": { "command": [ "p" ] },"#), "signIn.command", "only used with"),
      (text(signIn: #""signIn": { "stor": "none" },"#), "signIn.stor", "not known"),
    ])
  func told(text: String, key: String, says: String) throws {
    let error = try #require(throws: ConfigurationError.self) { try ConfigurationReader.read(text, file: "/c/t.json") }
    #expect(error.mistakes.map(\.key) == [key], "\(error)")
    #expect(error.description.contains(says), "\(error)")
    #expect(!error.description.contains("“x”"), "a secret is never repeated")
  }
}
