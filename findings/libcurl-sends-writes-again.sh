#!/usr/bin/env bash
# libcurl sends a request a second time by itself, a PATCH or a POST with its body too, when the connection was used
# before and ends without a byte of an answer; by default nobody is told, and no option turns it off. On a new connection
# the same end is error 52 (empty reply) and nothing is repeated. A server that did the work and then died has it done
# twice. CURLOPT_PREREQFUNCTION is called for each sending and may refuse the second one (error 42).
# Seen in pycurl 7.49.0 (libcurl 8.23.0), and in libcurl 7.88.1; the output was:
#   PATCH over a used connection: status 200; the server saw GET, PATCH, PATCH
#   PATCH over a new connection: error 52; the server saw PATCH
#   PATCH over a used connection, with a second sending refused: error 42; the server saw GET, PATCH
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check --only-binary :all: pycurl==7.49.0
"$folder/venv/bin/python" - <<'PYTHON'
import socket, sys, threading

import pycurl


class Server:
    """Keeps connections open, and closes the one on which it has read the first PATCH."""

    def __init__(self):
        self.seen = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d/" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        stream = connection.makefile("rwb")
        while line := stream.readline():
            length = 0
            while (field := stream.readline()) not in (b"\r\n", b""):
                name, _, value = field.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            stream.read(length)
            method = line.split()[0].decode()
            self.seen.append(method)
            if method == "PATCH" and self.seen.count("PATCH") == 1:
                connection.shutdown(socket.SHUT_RDWR)
                return
            stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            stream.flush()


def tell(what, uses_again, refuses=False):
    server, curl, sendings = Server(), pycurl.Curl(), []
    curl.setopt(pycurl.URL, server.url)
    curl.setopt(pycurl.PROXY, "")
    curl.setopt(pycurl.WRITEFUNCTION, lambda _: None)
    if uses_again:
        curl.perform()
    curl.setopt(pycurl.CUSTOMREQUEST, "PATCH")
    curl.setopt(pycurl.POSTFIELDS, '{"status": "resolved"}')
    if refuses:
        def about_to_send(*_):
            sendings.append(1)
            return pycurl.PREREQFUNC_OK if len(sendings) == 1 else pycurl.PREREQFUNC_ABORT
        curl.setopt(pycurl.PREREQFUNCTION, about_to_send)
    try:
        curl.perform()
        end = "status %d" % curl.getinfo(pycurl.RESPONSE_CODE)
    except pycurl.error as error:
        end = "error %d" % error.args[0]
    print("PATCH over a %s: %s; the server saw %s" % (what, end, ", ".join(server.seen)))
    return end, server.seen


print(pycurl.version)
found = [
    tell("used connection", True), tell("new connection", False),
    tell("used connection, with a second sending refused", True, True),
]
expected = [
    ("status 200", ["GET", "PATCH", "PATCH"]), ("error 52", ["PATCH"]), ("error 42", ["GET", "PATCH"]),
]
sys.exit(0 if found == expected else "changed: %r" % (found,))
PYTHON
