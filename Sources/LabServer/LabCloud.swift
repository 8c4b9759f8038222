/// A national cloud that a directory can live in; `gcc` shares the authority of `commercial`.
package enum LabCloud: String, CaseIterable, Hashable, Sendable {
  case commercial, gcc, gccHigh, dod, china

  /// What the discovery document of such a directory tells, whichever cloud's authority is asked for it.
  ///
  /// Source: Microsoft identity platform "National clouds", and the documents that its authorities publish.
  struct Instance {
    /// Nil: this server.
    var authority: String?
    var region: String?
    var subRegion: String?
    var name = "microsoftonline.com"
    var directoryGraph = "graph.windows.net"
    var graph = "graph.microsoft.com"
  }

  var instance: Instance {
    switch self {
    case .commercial: Instance()
    case .gcc: Instance(region: "NA", subRegion: "GCC")
    case .gccHigh:
      Instance(
        authority: "https://login.microsoftonline.us", region: "USGov", subRegion: "DODCON", name: "microsoftonline.us",
        directoryGraph: "graph.microsoftazure.us", graph: "graph.microsoft.us")
    case .dod:
      Instance(
        authority: "https://login.microsoftonline.us", region: "USGov", subRegion: "DOD", name: "microsoftonline.us",
        directoryGraph: "graph.microsoftazure.us", graph: "dod-graph.microsoft.us")
    case .china:
      Instance(
        authority: "https://login.partner.microsoftonline.cn", region: "AS", name: "partner.microsoftonline.cn",
        directoryGraph: "graph.chinacloudapi.cn", graph: "microsoftgraph.chinacloudapi.cn")
    }
  }
}
