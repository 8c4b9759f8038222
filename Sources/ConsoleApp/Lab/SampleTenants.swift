import PartnerModel

/// The tenants of `tenants.sample.json`, which is compiled in.
enum SampleTenants {
  static func configuration() throws(CommandError) -> Configuration {
    let text = String(decoding: PackageResources.tenants_sample_json, as: UTF8.self)
    do { return try ConfigurationReader.read(text, file: "tenants.sample.json") } catch {
      throw CommandError(.badConfiguration, error.description)
    }
  }
}
