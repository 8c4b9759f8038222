/// An Entra role that a relationship may give, by its template id, which is the same in every tenant.
///
/// Source: Entra ID, "Microsoft Entra built-in roles".
public struct EntraRole: Hashable, Sendable {
  public var id: String
  public var name: String

  /// Those that let people work on incidents.
  public static let security = [
    EntraRole(id: "5d6b6bb7-de71-4623-b4af-96380a352509", name: "Security Reader"),
    EntraRole(id: "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", name: "Security Operator"),
    EntraRole(id: "194ae4cb-b126-40b2-bd5b-6091b380977d", name: "Security Administrator"),
    EntraRole(id: "f2ef992c-3afb-46b9-b7cf-a126ee74c451", name: "Global Reader"),
  ]

  /// Others that relationships often give.
  private static let others = [
    EntraRole(id: "62e90394-69f5-4237-9190-012177145e10", name: "Global Administrator"),
    EntraRole(id: "17315797-102d-40b4-93e0-432062caca18", name: "Compliance Administrator"),
    EntraRole(id: "88d8e3e3-8f55-4a1e-953a-9b9898b8876b", name: "Directory Readers"),
    EntraRole(id: "729827e3-9c14-49f7-bb1b-9608f156bbb8", name: "Helpdesk Administrator"),
    EntraRole(id: "fe930be7-5e62-47db-91af-98c3a49a38b1", name: "User Administrator"),
    EntraRole(id: "e8611ab8-c189-46e8-94e1-60213ab1f814", name: "Privileged Role Administrator"),
    EntraRole(id: "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", name: "Privileged Authentication Administrator"),
    EntraRole(id: "158c047a-c907-4556-b7ef-446551a6b5f7", name: "Cloud Application Administrator"),
    EntraRole(id: "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", name: "Application Administrator"),
    EntraRole(id: "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", name: "Conditional Access Administrator"),
    EntraRole(id: "3a2c62db-5318-420d-8d74-23affee5d9d5", name: "Intune Administrator"),
    EntraRole(id: "29232cdf-9323-42fd-ade2-1d097af3e4de", name: "Exchange Administrator"),
    EntraRole(id: "4d6ac14f-3453-41d0-bef9-a3e0c569773a", name: "License Administrator"),
    EntraRole(id: "f023fd81-a637-4b56-95fd-791ac0226033", name: "Service Support Administrator"),
  ]

  private static let names = Dictionary(
    (security + others).map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })

  /// The role's name; its id where it is none of these.
  public static func name(of id: String) -> String { names[id.lowercased()] ?? id }
}
