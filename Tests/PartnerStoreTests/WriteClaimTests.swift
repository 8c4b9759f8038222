import Foundation
import PartnerModel
import Testing

@testable import PartnerStore

@Suite("The right to change an incident")
struct WriteClaimTests {
  private static let one = IncidentKey(tenant: contoso, id: IncidentID("1"))
  private static let two = IncidentKey(tenant: contoso, id: IncidentID("2"))
  private static let elsewhere = IncidentKey(tenant: fabrikam, id: IncidentID("1"))

  @Test("One has it at a time, within a process too; other incidents, and the same id elsewhere, are free")
  func exclusive() throws {
    try withFolder { (folder) throws in
      let held = try #require(try WriteClaim.attempt([Self.one], in: folder))
      #expect(try WriteClaim.attempt([Self.one], in: folder) == nil)
      #expect(try WriteClaim.attempt([Self.two, Self.one], in: folder) == nil, "all or none")
      let other = try #require(try WriteClaim.attempt([Self.two], in: folder), "what was not had is free again")
      let third = try #require(try WriteClaim.attempt([Self.elsewhere, Self.elsewhere], in: folder))
      held.release()
      held.release()
      let next = try #require(try WriteClaim.attempt([Self.one], in: folder))
      withExtendedLifetime((other, third, next)) {}
      #expect(try mode(of: folder.path(of: "writes.lock")) == 0o600)
    }
  }

  @Test("It ends with whoever held it")
  func endsWithItsHolder() throws {
    try withFolder { (folder) throws in
      do { _ = try #require(try WriteClaim.attempt([Self.one], in: folder)) }
      #expect(try WriteClaim.attempt([Self.one], in: folder) != nil)
    }
  }

  @Test("Invariant 16: a link in its place is refused")
  func link() throws {
    try withFolder { (folder) throws in
      try FileManager.default.createSymbolicLink(
        atPath: folder.path(of: "writes.lock"), withDestinationPath: "/dev/null")
      #expect(throws: StoreError.self) { try WriteClaim.attempt([Self.one], in: folder) }
    }
  }
}
