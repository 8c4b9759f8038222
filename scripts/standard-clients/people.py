"""MSAL against a lab, for people: authorization code with PKCE, device code, and one sign-in redeemed in every tenant.

Usage: people.py URL URL FOLDER: a lab whose app is a public client (root in people.pem), one whose app has a secret (root
in ca.pem), and the folder that scripts/clients made. The browser's part is played by a plain HTTP client that fills in the
pages' forms. Ends with 0 when every call was answered as MSAL expects and no lab saw a rule broken.
"""

import json
import os
import sys
import threading
import time
import warnings
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import msal
import requests

for name in list(os.environ):
    if name.upper() in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR") or name.upper().endswith("_PROXY"):
        del os.environ[name]

# The console asks for its answer in the address, since a page on loopback takes no POST; MSAL would rather have a form.
warnings.filterwarnings("ignore", message="response_mode")

PUBLIC, CONFIDENTIAL, FOLDER = sys.argv[1:]
SCOPE = ["https://graph.microsoft.com/.default"]
CONFIG = json.load(open(os.path.join(FOLDER, "tenants.json"), encoding="utf-8"))
CLIENT = CONFIG["app"]["clientId"]
HOME = CONFIG["app"]["homeTenant"]
TENANTS = [tenant["id"] for tenant in CONFIG["tenants"]]
# The system's library compares no port of it, and neither does Entra ID.
REDIRECT = "http://localhost:53219"
ROOTS = {PUBLIC: os.path.join(FOLDER, "people.pem"), CONFIDENTIAL: os.path.join(FOLDER, "ca.pem")}


def check(condition, what):
    if not condition:
        raise SystemExit(f"FAILED: {what}")


def told(what, began):
    print(f"  {time.monotonic() - began:5.2f} s  {what}", flush=True)


def app(tenant, cache, lab=PUBLIC):
    settings = {"authority": f"{lab}/{tenant}", "verify": ROOTS[lab], "instance_discovery": False, "token_cache": cache}
    if lab == PUBLIC:
        return msal.PublicClientApplication(CLIENT, **settings)
    with open(os.path.join(FOLDER, "secret"), encoding="utf-8") as file:
        return msal.ConfidentialClientApplication(CLIENT, client_credential=file.read().strip(), **settings)


class Form(HTMLParser):
    """The form of a page: where it leads, and what it sends when nothing is changed."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields, self.buttons = None, {}, []
        self.feed(page)
        check(self.action is not None, f"a form on the page: {page}")

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        check(tag != "script", "no script on a page")
        if tag == "form":
            self.action = values["action"]
        elif tag == "input" and (values.get("type") != "radio" or "checked" in values):
            self.fields[values["name"]] = values.get("value", "")
        elif tag == "button":
            self.buttons.append(values.get("value"))


class Person:
    """Somebody with a browser."""

    def __init__(self, lab=PUBLIC):
        self.session = requests.Session()
        self.session.verify = ROOTS[lab]

    def press(self, answer, button, **fields):
        check(answer.status_code == 200, f"the page: {answer.status_code} {answer.text}")
        form = Form(answer.text)
        check(button in form.buttons, f"{button} among {form.buttons}")
        data = {**form.fields, **fields, "action": button}
        return self.session.post(urljoin(answer.url, form.action), data=data, allow_redirects=False)

    def sign_in(self, address, factors=0):
        """Signs in by the pages, and returns what the app's address is given."""
        answer = self.press(self.session.get(address, allow_redirects=False), "signin")
        for _ in range(factors):
            answer = self.press(answer, "approve")
        if answer.status_code == 200:
            form = Form(answer.text)
            check(form.action == REDIRECT, f"the app's address: {form.action}")
            return form.fields
        check(answer.status_code == 302, f"back to the app: {answer.status_code} {answer.text}")
        target = urlsplit(answer.headers["Location"])
        check(f"{target.scheme}://{target.netloc}" == REDIRECT, f"the app's address: {target.netloc}")
        return dict(parse_qsl(target.query))

    def enter(self, flow):
        answer = self.session.get(flow["verification_uri"])
        answer = self.press(answer, "enter", user_code=flow["user_code"])
        check("signed in" in self.press(answer, "signin").text, "the device was let in")


def incidents(lab, token):
    headers = {"Authorization": f"Bearer {token}", "Prefer": "include-unknown-enum-members"}
    return requests.get(f"{lab}/v1.0/security/incidents?$top=1", headers=headers, verify=ROOTS[lab], timeout=60)


def by_code(lab, tenant, cache, factors=0, **more):
    client = app(tenant, cache, lab)
    flow = client.initiate_auth_code_flow(SCOPE, redirect_uri=REDIRECT, **more)
    answer = client.acquire_token_by_auth_code_flow(flow, Person(lab).sign_in(flow["auth_uri"], factors))
    check("access_token" in answer, f"token by code: {answer}")
    return answer


def everywhere(lab, cache, account):
    """One sign-in, redeemed where the customers are."""
    for tenant in TENANTS:
        began = time.monotonic()
        client = app(tenant, cache, lab)
        answer = client.acquire_token_silent_with_error(SCOPE, account)
        check(answer and "access_token" in answer, f"token of {tenant}: {answer}")
        check(answer["token_source"] == "identity_provider", "it was asked for")
        check(client.acquire_token_silent(SCOPE, account)["token_source"] == "cache", "it was found again")
        read = incidents(lab, answer["access_token"])
        check(read.status_code == 200 and read.json()["value"], f"incidents: {read.status_code} {read.text}")
        told(f"MSAL: refresh at {tenant}", began)


def signed_in(lab, what, **more):
    began = time.monotonic()
    cache = msal.TokenCache()
    answer = by_code(lab, HOME, cache, **more)
    claims = answer["id_token_claims"]
    check(claims["tid"] == HOME and claims["preferred_username"].startswith("anna@"), f"who signed in: {claims}")
    told(f"MSAL: authorization code, {what}", began)
    everywhere(lab, cache, app(HOME, cache, lab).get_accounts()[0])
    return cache


def by_device():
    began = time.monotonic()
    cache = msal.TokenCache()
    client = app(HOME, cache)
    flow = client.initiate_device_flow(SCOPE)
    check("user_code" in flow, f"device code: {flow}")
    # The person is slower than the first poll.
    late = threading.Timer(2, Person().enter, [flow])
    late.start()
    answer = client.acquire_token_by_device_flow(flow)
    late.join()
    check("access_token" in answer, f"token by device code: {answer}")
    told("MSAL: device code", began)
    everywhere(PUBLIC, cache, client.get_accounts()[0])
    began = time.monotonic()
    token = next(iter(cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN)))["secret"]
    answer = app(TENANTS[0], cache).acquire_token_by_refresh_token(token, SCOPE)
    check("access_token" in answer, f"token by a refresh token from elsewhere: {answer}")
    told("MSAL: a refresh token by itself", began)


def second_factor(cache):
    """A tenant wants more than the sign-in had, says so, and takes a new one."""
    began = time.monotonic()
    tenant = TENANTS[1]
    set_ = requests.post(
        f"{PUBLIC}/lab/tenants/{tenant}/access", json={"mfa": True}, verify=ROOTS[PUBLIC], timeout=60)
    check(set_.status_code == 204, f"control: {set_.text}")
    client = app(tenant, cache)
    account = app(HOME, cache).get_accounts()[0]
    refused = client.acquire_token_silent_with_error(SCOPE, account, force_refresh=True)
    check(refused["error"] == "invalid_grant" and refused["suberror"] == "basic_action", f"refusal: {refused}")
    by_code(PUBLIC, tenant, cache, factors=1, claims_challenge=refused["claims"], login_hint=account["username"])
    again = client.acquire_token_silent_with_error(SCOPE, account, force_refresh=True)
    check("access_token" in again, f"after the second factor: {again}")
    told("MSAL: a second factor, asked for at refresh", began)


def violations(lab):
    return requests.get(f"{lab}/lab/violations", verify=ROOTS[lab], timeout=60).json()


try:
    cache = signed_in(PUBLIC, "public client")
    by_device()
    second_factor(cache)
    signed_in(CONFIDENTIAL, "client with a secret", response_mode="form_post")
finally:
    broken = violations(PUBLIC) + violations(CONFIDENTIAL)
    for violation in broken:
        print(f"VIOLATION: {violation}")
check(not broken, f"{len(broken)} rules were broken")
print("  no rule broken")
