import Foundation
import PartnerModel
import Testing

@testable import ConsoleApp

@Suite("CSV")
struct CSVTests {
  @Test(
    "D8: a field that a spreadsheet would run gets a leading quote, full-width forms too",
    arguments: [
      ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'<09>x"),
      ("\rx", "'<0D>x"), ("\0x", "'<00>x"), ("＝1", "'＝1"), ("＋1", "'＋1"), ("－1", "'－1"), ("＠x", "'＠x"),
      ("a=1", "a=1"), ("", ""), ("Şişli", "Şişli"),
    ])
  func formulas(outside: String, field: String) { #expect(CSV.field(outside) == field) }

  @Test(
    "B11: what stands behind a semicolon counts as a cell of its own, also behind blanks and quotes",
    arguments: [
      ("Harmless;=1+1", "\"Harmless;'=1+1\""), ("x;@SUM(1+1)", "\"x;'@SUM(1+1)\""), ("a; =2", "\"a;' =2\""),
      ("a;\"=1\"", "\"a;'\"\"=1\"\"\""), ("\u{A0}+1", "'\u{A0}+1"), ("\"-1", "\"'\"\"-1\""), ("a;b", "\"a;b\""),
      (";", "\";\""), ("a;\t=1", "\"a;'<09>=1\""),
    ])
  func semicolons(outside: String, field: String) { #expect(CSV.field(outside) == field) }

  @Test("The incident that stays of a merge is the last column, and empty where none is named")
  func survivor() throws {
    let tenant = try #require(TenantID("00000001-0000-0000-0000-000000000000"))
    let key = IncidentKey(tenant: tenant, id: IncidentID("2"))
    func text(_ action: IncidentAction, _ state: WriteState) -> String {
      var write = IncidentWrite(
        id: WriteID("w"), key: key, action: action, state: state, operatorUPN: nil, intendedAt: .distantPast)
      write.detail = IncidentWrite.detail(ofStaying: IncidentID("1"))
      return CSV.text([WriteOutput.json(write, on: key)], columns: WriteOutput.csvColumns)
    }
    let merge = IncidentAction.merge(others: [IncidentID("1")], comment: nil, reasons: [])
    #expect(text(merge, .confirmed).hasSuffix(",1\r\n") && text(merge, .confirmed).contains(",targetIncidentId\r\n"))
    #expect(text(merge, .unknown).hasSuffix(",\r\n") && text(.comment("x"), .confirmed).hasSuffix(",\r\n"))
  }

  @Test("B11: each item of a list is made harmless by itself; a column may have another name than its path")
  func items() {
    let node = JSONNode.object(["tags": .strings(["vip", "=1+1", "a;-2+3", "+49 30 1234"])])
    #expect(
      CSV.text([node], columns: [.init("labels", path: "tags")])
        == "labels\r\n\"vip;'=1+1;a;'-2+3;'+49 30 1234\"\r\n")
  }

  @Test("RFC 4180: commas and quotes are quoted")
  func quoting() {
    #expect(CSV.field("a,b") == "\"a,b\"")
    #expect(CSV.field("a\"b") == "\"a\"\"b\"")
    #expect(CSV.field("=a,\"b\"") == "\"'=a,\"\"b\"\"\"")
  }

  @Test("H1, H2, H14: what would steer a terminal is made visible")
  func controls() {
    #expect(CSV.field("\u{1B}]0;pwned\u{07}") == "\"<1B>]0;pwned<07>\"")
    #expect(CSV.field("a\u{202E}b\nc") == "a<202E>b<0A>c")
  }

  @Test("A header of dotted names, null empty, arrays joined by semicolons, lists walked into, CRLF")
  func rows() {
    let node = JSONNode.object([
      "id": .string("7"), "tags": .strings(["a", "b"]), "owner": .null, "count": .number(3), "open": .bool(true),
      "sla": .object(["state": .string("ok")]),
      "alerts": .array([.object(["id": .string("x")]), .object(["id": .string("y")])]),
    ])
    #expect(
      CSV.text([node], columns: ["id", "tags", "owner", "count", "open", "sla.state", "alerts.id", "absent.key"])
        == "id,tags,owner,count,open,sla.state,alerts.id,absent.key\r\n7,\"a;b\",,3,true,ok,\"x;y\",\r\n")
  }
}
