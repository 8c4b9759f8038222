extension EvidenceWriter {
  /// Evidence of what runs in containers; false when the plan is of another kind.
  func workload(_ plan: EvidencePlan, _ index: Int, to json: inout JsonWriter) -> Bool {
    switch plan {
    case .pod(let name, let image): pod(name, image, index, to: &json)
    case .container(let name, let image):
      base("containerEvidence", index, ["compromised"], to: &json)
      container(name, image, index, to: &json)
    case .containerImage(let name): image(name, index, to: &json)
    case .registry: registry(index, to: &json)
    case .cluster: cluster(index, to: &json)
    case .namespace: namespace(index, to: &json)
    case .controller(let name): controller(name, index, to: &json)
    case .serviceAccount(let name): serviceAccount(name, index, to: &json)
    case .service(let name): service(name, index, to: &json)
    case .secret(let name):
      base("kubernetesSecretEvidence", index, ["attacked"], to: &json)
      json.field("name", name)
      json.field("secretType", "Opaque")
      json.object("namespace") { namespace(index, to: &$0) }
    default: return false
    }
    return true
  }

  private func pod(_ name: String, _ image: String, _ index: Int, to json: inout JsonWriter) {
    base("kubernetesPodEvidence", index, ["compromised"], to: &json)
    json.field("name", "\(name)-\(cast.hash(of: name, digits: 5))")
    json.object("namespace") { namespace(index, to: &$0) }
    json.object("controller") { controller(name, index, to: &$0) }
    json.object("serviceAccount") { serviceAccount(name, index, to: &$0) }
    json.object("podIp") { inside("10.244.0.\(2 + cast.number(name, below: 250))", index, to: &$0) }
    json.array("containers") { json in
      json.object { json in
        base("containerEvidence", index, ["contextual"], to: &json)
        container(name, image, index, to: &json)
      }
    }
    json.array("initContainers") { _ in }
    json.array("ephemeralContainers") { _ in }
    labels("labels", name, to: &json)
  }

  private func container(_ name: String, _ image: String, _ index: Int, to json: inout JsonWriter) {
    json.field("containerId", cast.hash(of: "container\(name)", digits: 64))
    json.field("name", name)
    json.field("command", ["/usr/bin/\(name)"])
    json.field("args", ["--every", "1h"])
    json.field("isPrivileged", false)
    json.object("image") { self.image(image, index, to: &$0) }
    json.null("pod")
  }

  private func image(_ image: String, _ index: Int, to json: inout JsonWriter) {
    base("containerImageEvidence", index, ["contextual"], to: &json)
    json.field("imageId", "\(registryName)/\(image)")
    json.null("digestImage")
    json.object("registry") { registry(index, to: &$0) }
  }

  private var registryName: String { "\(cast.customer.code.lowercased()).registry.example" }

  private func registry(_ index: Int, to json: inout JsonWriter) {
    base("containerRegistryEvidence", index, ["contextual"], to: &json)
    json.field("registry", registryName)
  }

  private func controller(_ name: String, _ index: Int, to json: inout JsonWriter) {
    base("kubernetesControllerEvidence", index, ["contextual"], to: &json)
    json.field("name", name)
    json.field("type", "Deployment")
    json.null("namespace", "labels")
  }

  private func serviceAccount(_ name: String, _ index: Int, to json: inout JsonWriter) {
    base("kubernetesServiceAccountEvidence", index, ["contextual"], to: &json)
    json.field("name", "\(name)-account")
    json.null("namespace")
  }

  private func service(_ name: String, _ index: Int, to json: inout JsonWriter) {
    base("kubernetesServiceEvidence", index, ["contextual"], to: &json)
    json.field("name", name)
    json.object("namespace") { namespace(index, to: &$0) }
    json.object("clusterIP") { inside("10.0.\(cast.number(name, below: 250)).12", index, to: &$0) }
    json.array("externalIPs") { json in json.object { inside("203.0.113.80", index, to: &$0) } }
    labels("labels", name, to: &json)
    labels("selector", name, to: &json)
    json.field("serviceType", "loadBalancer")
    json.array("servicePorts") { json in
      json.object { json in
        json.field("name", "https")
        json.field("protocol", "tcp")
        json.field("port", 443)
        json.field("nodePort", 30_443)
        json.field("targetPort", "8443")
        json.null("appProtocol")
      }
    }
  }

  private func namespace(_ index: Int, to json: inout JsonWriter) {
    base("kubernetesNamespaceEvidence", index, ["contextual"], to: &json)
    json.field("name", "backup")
    json.null("labels")
    json.object("cluster") { cluster(index, to: &$0) }
  }

  private func cluster(_ index: Int, to json: inout JsonWriter) {
    base("kubernetesClusterEvidence", index, ["contextual"], to: &json)
    json.field("name", "\(cast.customer.code.lowercased())-prod")
    json.field("platform", "aks")
    json.field("version", "1.33")
    json.null("distribution", "cloudResource")
  }

  private func labels(_ key: StaticString, _ name: String, to json: inout JsonWriter) {
    json.object(key) { json in
      json.field("@odata.type", "#microsoft.graph.security.dictionary")
      json.field("app", name)
      json.field("tier", "backup")
    }
  }

  /// An address that lies in no country.
  func inside(_ address: String, _ index: Int, to json: inout JsonWriter) {
    base("ipEvidence", index, ["contextual"], to: &json)
    json.field("ipAddress", address)
    json.null("countryLetterCode", "location", "stream")
  }
}
