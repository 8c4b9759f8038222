extension PythonClient {
  /// Lists what changed in each tenant, and forgets it.
  static let listScript = """
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

  /// Reads all incidents of each tenant into SQLite: the rows that our store has after a first reading (a list gives no
  /// alerts), times as the service writes them, some thousand rows in a transaction, and one index for the queue.
  static let storeScript = """
    import asyncio, sqlite3, sys
    import aiohttp
    from yarl import URL

    try:
        import orjson
        loads = orjson.loads
        def dumps(value): return orjson.dumps(value).decode() if value else None
    except ImportError:
        import json
        loads = json.loads
        def dumps(value): return json.dumps(value) if value else None

    with open(sys.argv[1]) as file:
        origin, client, secret_file, *lines = file.read().splitlines()
    with open(secret_file) as file:
        secret = file.read().split("\\n")[0]

    database = sqlite3.connect(sys.argv[2], isolation_level=None)
    database.executescript('''
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        CREATE TABLE tenants (tenant TEXT PRIMARY KEY, watermark TEXT, open INTEGER) WITHOUT ROWID;
        CREATE TABLE incidents (
            tenant TEXT, id TEXT, is_open INTEGER, risk INTEGER, created TEXT, updated TEXT, name TEXT, severity TEXT,
            status TEXT, assigned_to TEXT, classification TEXT, determination TEXT, tags TEXT, system_tags TEXT,
            description TEXT, summary TEXT, resolving_comment TEXT, last_modified_by TEXT, priority INTEGER,
            url TEXT, redirect_id TEXT, PRIMARY KEY (tenant, id)) WITHOUT ROWID;
        CREATE INDEX queue ON incidents (risk, created) WHERE is_open;
        CREATE TABLE comments (
            tenant TEXT, incident TEXT, position INTEGER, text TEXT, created_by TEXT, created TEXT,
            PRIMARY KEY (tenant, incident, position)) WITHOUT ROWID;
    ''')
    RISK = {"high": 0, "medium": 1, "low": 2, "informational": 3}
    CLOSED = ("resolved", "redirected")
    incidents, comments, tenants = [], [], []


    def flush():
        database.execute("BEGIN IMMEDIATE")
        database.executemany(f"INSERT OR REPLACE INTO incidents VALUES ({', '.join('?' * 21)})", incidents)
        database.executemany("INSERT OR REPLACE INTO comments VALUES (?, ?, ?, ?, ?, ?)", comments)
        database.executemany("INSERT OR REPLACE INTO tenants VALUES (?, ?, ?)", tenants)
        database.execute("COMMIT")
        for rows in (incidents, comments, tenants):
            rows.clear()


    def keep(tenant, items):
        count = 0
        for item in items:
            get = item.get
            is_open = get("status") not in CLOSED
            count += is_open
            incidents.append((
                tenant, item["id"], is_open, RISK.get(get("severity"), 4), get("createdDateTime"),
                get("lastUpdateDateTime"), get("displayName"), get("severity"), get("status"), get("assignedTo"),
                get("classification"), get("determination"), dumps(get("customTags")), dumps(get("systemTags")),
                get("description"), get("summary"), get("resolvingComment"), get("lastModifiedBy"),
                get("priorityScore"), get("incidentWebUrl"), get("redirectIncidentId")))
            for position, comment in enumerate(get("comments") or ()):
                comments.append((tenant, item["id"], position, comment.get("comment"),
                                 comment.get("createdByDisplayName"), comment.get("createdDateTime")))
        tenants.append((tenant, items[-1]["lastUpdateDateTime"] if items else None, count))
        if len(incidents) >= 5000:
            flush()


    async def fill(session, limit, tenant, start):
        async with limit:
            form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret,
                    "scope": "https://graph.microsoft.com/.default"}
            async with session.post(f"{origin}/{tenant}/oauth2/v2.0/token", data=form) as answer:
                answer.raise_for_status()
                token = loads(await answer.read())["access_token"]
            query = {"$filter": f"lastUpdateDateTime ge {start}", "$orderby": "lastUpdateDateTime asc", "$top": "50"}
            headers = {"Authorization": f"Bearer {token}", "Prefer": "include-unknown-enum-members"}
            url, items = f"{origin}/v1.0/security/incidents", []
            while url:
                async with session.get(url, params=query, headers=headers) as answer:
                    answer.raise_for_status()
                    page = loads(await answer.read())
                items += page["value"]
                url, query = page.get("@odata.nextLink"), None
                url = URL(url, encoded=True) if url else None
            keep(tenant, items)


    async def main():
        limit = asyncio.Semaphore(48)
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(fill(session, limit, *line.split(" ")) for line in lines))
        flush()


    asyncio.run(main())
    """

  /// Counts the rows of a store, ours or its own.
  static let rowsScript = """
    import sqlite3, sys

    database = sqlite3.connect(sys.argv[1])
    counts = [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("incidents", "comments")]
    print(f"{counts[0]} incidents and {counts[1]} comments")
    """
}
