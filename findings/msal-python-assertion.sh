#!/usr/bin/env bash
# MSAL for Python signs one client assertion and sends its very text, with the same `jti`, for 540 s: again after the
# authority refused it, and for another resource. `exp` and `iat` in it have fractions, and there is no `nbf`.
# So a server that takes a `jti` once, or reads NumericDate as an integer, refuses the standard client; and a refusal of
# a moment (a clock, a certificate not yet known) goes on for as long as the text is kept.
# Seen in msal 1.39.0 with PyJWT 2.15.1 and cryptography 50.0.2; the output was, in short:
#   answers: ['invalid_client', 'a token', 'a token', 'a token']
#   jti 86092a8a-…  iat 1795904410.5578144  exp 1795905010.5578144  nbf None   (three times)
#   jti 97c45671-…  iat 1795904955.678507  exp 1795905555.678507  nbf None     (after 545 s)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check msal==1.39.0 PyJWT==2.15.1 cryptography==50.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import datetime, json, sys, time, urllib.parse
import jwt, msal
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an app")])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    .serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    .sign(key, hashes.SHA256()))
pem = serialization.Encoding.PEM
authority = "https://login.microsoftonline.com/aaaaaaaa-1111-2222-3333-444444444444"


class Answer:
    def __init__(self, status, content):
        self.status_code, self.text, self.headers = status, json.dumps(content), {}

    def raise_for_status(self):
        if self.status_code >= 400:
            raise RuntimeError(self.status_code)


class Authority:
    """Refuses the first assertion, as one that it does not know yet, and takes whatever comes later."""
    assertions = []

    def get(self, url, **_):
        return Answer(200, {"authorization_endpoint": authority + "/oauth2/v2.0/authorize",
                            "token_endpoint": authority + "/oauth2/v2.0/token", "issuer": authority + "/v2.0",
                            "metadata": []})

    def post(self, url, data=None, **_):
        form = data if isinstance(data, dict) else dict(urllib.parse.parse_qsl(data))
        text = form["client_assertion"]
        self.assertions.append(text.decode() if isinstance(text, bytes) else text)
        if len(self.assertions) == 1:
            return Answer(401, {"error": "invalid_client", "error_description": "AADSTS700027: not known yet"})
        return Answer(200, {"access_token": "t", "token_type": "Bearer", "expires_in": 3599})

    def close(self):
        pass


app = msal.ConfidentialClientApplication(
    "11111111-2222-3333-4444-555555555555", authority=authority, http_client=Authority(),
    client_credential={
        "private_key": key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode(),
        "public_certificate": certificate.public_bytes(pem).decode()})
clock, passed = time.time, 0
time.time = lambda: clock() + passed
answers = [app.acquire_token_for_client(["https://graph.microsoft.com/.default"]) for _ in range(2)]
for passed, resource in [(530, "https://vault.azure.net"), (545, "https://management.azure.com")]:
    answers.append(app.acquire_token_for_client([resource + "/.default"]))
claims = [jwt.decode(text, options={"verify_signature": False}) for text in Authority.assertions]
print("msal", msal.__version__, "PyJWT", jwt.__version__)
print("answers:", [answer.get("error", "a token") for answer in answers])
for claim in claims:
    print("jti", claim["jti"], "iat", claim["iat"], "exp", claim["exp"], "nbf", claim.get("nbf"))
holds = (
    [Authority.assertions.index(text) for text in Authority.assertions] == [0, 0, 0, 3]
    and not float(claims[0]["exp"]).is_integer() and not float(claims[0]["iat"]).is_integer()
    and "nbf" not in claims[0])
print("as stated" if holds else "NOT as stated: look again at what this finding is used for")
sys.exit(0 if holds else 1)
PYTHON
