/// A permission of Microsoft Graph, with the ids by which directories name it.
///
/// Source: Microsoft Graph permissions reference.
struct GraphPermission {
  var name: String
  /// Id of the application permission; nil where there is none.
  var role: String?
  /// Id of the delegated permission.
  var scope: String?

  static let all = [
    GraphPermission(
      name: "SecurityIncident.Read.All", role: "45cc0394-e837-488b-a098-1918f48d186c",
      scope: "b9abcc4f-94fc-4457-9141-d20ce80ec952"),
    GraphPermission(
      name: "SecurityIncident.ReadWrite.All", role: "34bf0e97-1971-4929-b999-9e2442d941d7",
      scope: "128ca929-1a19-45e6-a3b8-435ec44a36ba"),
    GraphPermission(
      name: "SecurityAlert.Read.All", role: "472e4a4d-bb4a-4026-98d1-0b0d74cb74a5",
      scope: "bc257fb8-46b4-4b15-8713-01e91bfbe4ea"),
    GraphPermission(
      name: "SecurityAlert.ReadWrite.All", role: "ed4fca05-be46-441f-9803-1873825f8fdb",
      scope: "471f2a7f-2a42-4d45-a2bf-594d0838070d"),
    GraphPermission(
      name: "ThreatHunting.Read.All", role: "dd98c7f5-2d42-42d3-a0e4-633161547251",
      scope: "b152eca8-ea73-4a48-8c98-1a6742673d99"),
    GraphPermission(
      name: "DelegatedAdminRelationship.Read.All", role: "f6e9e124-4586-492f-adc0-c6f96e4823fd",
      scope: "0c0064ea-477b-4130-82a5-4c2cc4ff68aa"),
    GraphPermission(
      name: "CrossTenantInformation.ReadBasic.All", role: "cac88765-0581-4025-9725-5ebc13f729ee",
      scope: "81594d25-e88e-49cf-ac8c-fecbff49f994"),
    GraphPermission(
      name: "Application.Read.All", role: "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
      scope: "c79f8feb-a9db-4090-85f9-90d820caa0eb"),
    GraphPermission(
      name: "Organization.Read.All", role: "498476ce-e0fe-48b0-b801-37ba7e2685c6",
      scope: "4908d5b9-3fb2-4b1e-9336-1888b7937185"),
    GraphPermission(
      name: "Directory.Read.All", role: "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
      scope: "06da0dbc-49e2-44d2-8312-53f166ab848a"),
    GraphPermission(name: "User.Read", role: nil, scope: "e1fe6dd8-ba31-4d61-89e7-88639da4683d"),
    GraphPermission(name: "offline_access", role: nil, scope: "7427e0e9-2fba-42fe-b0c0-848c9e6a8182"),
  ]

  /// One that is not listed gets ids that are made up of its name.
  static func named(_ name: String) -> GraphPermission {
    if let known = all.first(where: { $0.name == name }) { return known }
    var chance = Chance(stableHash(name), 0x9E4)
    return GraphPermission(name: name, role: chance.guid(), scope: chance.guid())
  }
}
