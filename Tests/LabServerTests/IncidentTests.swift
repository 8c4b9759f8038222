import Foundation
import LabServer
import Testing

@Suite struct IncidentTests {
  @Test("Paging to the end returns each incident once")
  func paging() async throws {
    var options = options(.granted)
    options.incidentsPerTenant = 130
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      var next: String? = "\(security)/incidents?$count=true"
      var ids: [String] = []
      var sizes: [Int] = []
      while let path = next {
        let answer = try await lab.get(path, token)
        #expect(answer.status == 200)
        #expect(try answer.object()["@odata.count"] as? Int == 130)
        let page = try answer.items()
        sizes.append(page.count)
        ids += page.compactMap { $0["id"] as? String }
        let link = try answer.object()["@odata.nextLink"] as? String
        #expect(link?.hasPrefix(lab.baseURL) ?? true)
        next = link.map { String($0.dropFirst(lab.baseURL.count + 1)) }
      }
      #expect(sizes == [50, 50, 30])
      #expect(Set(ids).count == 130)
    }
  }

  @Test("A PATCH after a GET changes what it names, and who and when")
  func update() async throws {
    let options = options(.granted)
    try await withLabServer(options) { lab in
      let token = try await lab.token(options.tenants[0].id)
      let id = try #require(try await lab.get("\(security)/incidents", token).items()[0]["id"] as? String)
      let before = try await lab.get("\(security)/incidents/\(id)", token).object()
      let answer = try await lab.patch(id, token, #"{"status":"InProgress","assignedTo":"anna@partner.example"}"#)
      #expect(answer.status == 200)
      let after = try answer.object()
      #expect(after["status"] as? String == "inProgress")
      #expect(after["assignedTo"] as? String == "anna@partner.example")
      #expect(after["lastModifiedBy"] as? String == "API-App:partner-console")
      #expect(after["displayName"] as? String == before["displayName"] as? String)
      let times = [before, after].compactMap { ($0["lastUpdateDateTime"] as? String).flatMap(date) }
      #expect(times.count == 2 && times[0] < times[1])
      let read = try await lab.get("\(security)/incidents/\(id)", token).object()
      #expect(read["assignedTo"] as? String == "anna@partner.example")
      #expect(lab.state()[0].writes == 1)
    }
  }
}
