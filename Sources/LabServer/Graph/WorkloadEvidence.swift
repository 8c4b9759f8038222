extension EvidenceWriter {
  /// Evidence of what runs in containers, of its sources and of agents; false when the plan is of another kind.
  func workload(_ plan: EvidencePlan, _ index: Int, to json: inout JsonWriter) -> Bool {
    switch plan {
    case .pod(let name, let image): pod(name, image, index, to: &json)
    case .repository(let name):
      base("gitHubRepoEvidence", index, ["contextual"], to: &json)
      let owner = cast.customer.code.lowercased()
      json.field("repoId", String(10_000_000 + cast.number(name, below: 900_000_000)))
      json.field("login", name)
      json.field("owner", owner)
      json.field("ownerType", "Organization")
      json.field("baseUrl", "https://github.example/\(owner)/\(name)")
    case .aiAgent(let name):
      base("aiAgentEvidence", index, ["contextual"], to: &json)
      json.field("agentId", cast.guid("agent\(name)"))
      json.field("agentName", name)
      json.field("hostingPlatformType", "copilotStudio")
      json.field("instructions", "Answer questions about backups of \(cast.customer.tenant.name). Never delete one.")
    default: return false
    }
    return true
  }

  private func pod(_ name: String, _ image: String, _ index: Int, to json: inout JsonWriter) {
    base("kubernetesPodEvidence", index, ["compromised"], to: &json)
    json.field("name", "\(name)-\(cast.hash(of: name, digits: 5))")
    namespace(index, to: &json)
    json.object("controller") { json in
      base("kubernetesControllerEvidence", index, ["contextual"], to: &json)
      json.field("name", name)
      json.field("type", "Deployment")
      json.null("namespace", "labels")
    }
    json.object("serviceAccount") { json in
      base("kubernetesServiceAccountEvidence", index, ["contextual"], to: &json)
      json.field("name", "\(name)-account")
      json.null("namespace")
    }
    json.object("podIp") { json in
      base("ipEvidence", index, ["contextual"], to: &json)
      json.field("ipAddress", "10.244.0.\(2 + cast.number(name, below: 250))")
      json.null("countryLetterCode", "location", "stream")
    }
    json.array("containers") { json in
      json.object { json in
        base("containerEvidence", index, ["contextual"], to: &json)
        json.field("containerId", cast.hash(of: "container\(name)", digits: 64))
        json.field("name", name)
        json.field("command", ["/usr/bin/\(name)"])
        json.field("args", ["--every", "1h"])
        json.field("isPrivileged", false)
        json.object("image") { self.image(image, index, to: &$0) }
        json.null("pod")
      }
    }
    json.array("initContainers") { _ in }
    json.array("ephemeralContainers") { _ in }
    json.object("labels") { json in
      json.field("@odata.type", "#microsoft.graph.security.dictionary")
      json.field("app", name)
      json.field("tier", "backup")
    }
  }

  private func image(_ image: String, _ index: Int, to json: inout JsonWriter) {
    let registry = "\(cast.customer.code.lowercased()).registry.example"
    base("containerImageEvidence", index, ["contextual"], to: &json)
    json.field("imageId", "\(registry)/\(image)")
    json.null("digestImage")
    json.object("registry") { json in
      base("containerRegistryEvidence", index, ["contextual"], to: &json)
      json.field("registry", registry)
    }
  }

  private func namespace(_ index: Int, to json: inout JsonWriter) {
    json.object("namespace") { json in
      base("kubernetesNamespaceEvidence", index, ["contextual"], to: &json)
      json.field("name", "backup")
      json.null("labels")
      json.object("cluster") { json in
        base("kubernetesClusterEvidence", index, ["contextual"], to: &json)
        json.field("name", "\(cast.customer.code.lowercased())-prod")
        json.field("platform", "aks")
        json.field("version", "1.33")
        json.null("distribution", "cloudResource")
      }
    }
  }
}
