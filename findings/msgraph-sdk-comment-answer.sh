#!/usr/bin/env bash
# Microsoft Graph answers a comment that is posted on an alert with {"value": [all comments]}; msgraph-sdk for Python looks
# for a bare array there and, finding an object, gives an empty list and no error. "Nothing came back" is no sign that the
# comment was not taken, and whoever posts it once more has it twice: comments cannot be taken back.
# Seen in msgraph-sdk 1.65.0 (kiota 1.16.0); the output was:
#   sent: [{"comment": "seen"}]
#   answered {"value": [{"comment": "seen"}]}: []
#   answered [{"comment": "seen"}]: ['seen']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check --only-binary :all: msgraph-sdk==1.65.0 \
  microsoft-kiota-{abstractions,http,serialization-json}==1.16.0
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio, http.server, json, os, sys, threading

for name in list(os.environ):
    if name.upper().endswith("_PROXY"):
        del os.environ[name]

from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.security.alert_comment import AlertComment

comments = [{"comment": "seen"}]
answers = [{"value": comments}, comments]
sent, lines = [], []


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = json.dumps(answers[len(sent) - 1]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


async def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    adapter = GraphRequestAdapter(AnonymousAuthenticationProvider())
    adapter.base_url = "http://127.0.0.1:%d/v1.0" % server.server_port
    target = GraphServiceClient(request_adapter=adapter).security.alerts_v2.by_alert_id("a").comments
    for answer in answers:
        read = await target.post([AlertComment(comment="seen")])
        lines.append("answered %s: %s" % (json.dumps(answer), [comment.comment for comment in read or []]))


asyncio.run(main())
lines.insert(0, "sent: %s" % json.dumps(sent[0]))
print("\n".join(lines))
expected = [
    'sent: [{"comment": "seen"}]',
    'answered {"value": [{"comment": "seen"}]}: []',
    "answered [{\"comment\": \"seen\"}]: ['seen']",
]
sys.exit(lines != expected)
PYTHON
