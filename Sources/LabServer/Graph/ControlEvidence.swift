extension EvidenceWriter {
  /// Evidence of plants and their networks; false when the plan is of another kind.
  func control(_ plan: EvidencePlan, _ index: Int, to json: inout JsonWriter) -> Bool {
    switch plan {
    case .controlDevice(let name, let port): controlDevice(name, port, index, to: &json)
    case .networkCard(let port): networkCard(port, index, to: &json)
    default: return false
    }
    return true
  }

  private func controlDevice(_ name: String, _ port: Int, _ index: Int, to json: inout JsonWriter) {
    let id = cast.guid("plant\(name)")
    base("ioTDeviceEvidence", index, ["contextual"], to: &json)
    json.field("deviceId", id)
    json.field("deviceName", name)
    json.field("deviceType", "PLC")
    json.field("deviceSubType", "Industrial controller")
    json.field("devicePageLink", "https://portal.example/iot/devices/\(id)")
    json.field("importance", "high")
    json.object("ipAddress") { inside(address(port), index, to: &$0) }
    json.field("macAddress", hardware(port))
    json.field("manufacturer", "Fabrikam Automation")
    json.field("model", "FA-1500")
    json.field("operatingSystem", "FA-RTOS 4.1")
    json.field("serialNumber", cast.hash(of: "serial\(name)", digits: 10).uppercased())
    json.field("site", cast.customer.culture.city)
    json.field("zone", "Packaging")
    json.field("sensor", "sensor-\(1 + cast.number("sensor", below: 9))")
    json.field("purdueLayer", "Process control")
    json.field("protocols", ["Modbus", "HTTP"])
    json.field("owners", [cast.user(1).upn])
    json.field("isAuthorized", true)
    json.field("isProgramming", false)
    json.field("isScanner", false)
    json.array("nics") { json in json.object { networkCard(port, index, to: &$0) } }
    json.field("source", "Microsoft Defender for IoT")
    json.null("ioTHub", "ioTSecurityAgentId", "sourceRef")
  }

  private func networkCard(_ port: Int, _ index: Int, to json: inout JsonWriter) {
    base("nicEvidence", index, ["contextual"], to: &json)
    json.object("ipAddress") { inside(address(port), index, to: &$0) }
    json.field("macAddress", hardware(port))
    json.field("vlans", ["\(100 + port)"])
  }

  private func address(_ port: Int) -> String { "10.60.\(port).\(2 + cast.number("plant", below: 250))" }

  private func hardware(_ port: Int) -> String {
    let digits = Array(cast.hash(of: "card\(port)", digits: 10).uppercased())
    // The first octet says that the address was given locally.
    return (["02"] + stride(from: 0, to: 10, by: 2).map { String(digits[$0...($0 + 1)]) }).joined(separator: ":")
  }
}
