import FoundationEssentials
import PartnerModel
import PseudoTerminal

/// The refresh as a Python program would do it: `aiohttp`, as many requests at once, each answer parsed.
struct PythonClient {
  private let python: String
  private let place: BenchPlace
  private let script: String

  /// `nil` where there is no Python with `aiohttp`.
  init?(in place: BenchPlace, _ candidates: [String]) throws {
    let works = candidates.first { python in
      let probe = Program(python, ["-c", "import aiohttp"], environment: place.environment)
      return (try? ChildProcess.run(probe, output: place.path + "/python-probe")) != nil
    }
    guard let works else { return nil }
    python = works
    self.place = place
    script = place.path + "/refresh.py"
    try place.write(Self.source, to: script)
  }

  /// A token and a list for each tenant.
  /// - Parameter starts: where each tenant's list begins.
  func refresh(_ lab: LabProcess, _ starts: [Timestamp], run: String) throws -> ChildProcess.Cost {
    let app = lab.configuration.app
    let lines = zip(lab.configuration.tenants, starts).map { "\($0.id) \($1)" }
    let work = "\(place.path)/python-\(run).txt"
    try place.write(
      ([app.endpoints.authority.description, app.clientID, lab.secretFile] + lines).joined(separator: "\n"), to: work)
    return try ChildProcess.run(
      Program(python, [script, work], environment: place.environment), output: "\(place.path)/python-\(run).out")
  }

  private static let source = """
    import asyncio, json, sys
    import aiohttp

    with open(sys.argv[1]) as file:
        origin, client, secret_file, *lines = file.read().splitlines()
    with open(secret_file) as file:
        secret = file.read().split("\\n")[0]


    async def refresh(session, limit, tenant, start):
        async with limit:
            form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret,
                    "scope": "https://graph.microsoft.com/.default"}
            async with session.post(f"{origin}/{tenant}/oauth2/v2.0/token", data=form) as answer:
                answer.raise_for_status()
                token = json.loads(await answer.read())["access_token"]
            query = {"$filter": f"lastUpdateDateTime ge {start}", "$orderby": "lastUpdateDateTime asc", "$top": "50"}
            headers = {"Authorization": f"Bearer {token}", "Prefer": "include-unknown-enum-members"}
            async with session.get(f"{origin}/v1.0/security/incidents", params=query, headers=headers) as answer:
                answer.raise_for_status()
                return len(json.loads(await answer.read())["value"])


    async def main():
        limit = asyncio.Semaphore(48)
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(refresh(session, limit, *line.split(" ")) for line in lines))


    asyncio.run(main())
    """
}
