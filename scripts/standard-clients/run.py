"""Microsoft's own client libraries against a lab: every call that the console's lab has to take from them.

Usage: run.py URL FOLDER. The folder holds what scripts/clients made: the lab's root (ca.pem), the app's secret, key,
certificate and PKCS #12 file, and the tenants.json that the lab serves; and the token that the lab keeps there. Ends with
0 when every call was answered as the libraries expect, no request was refused, and the lab saw no rule broken.
"""

import asyncio
import base64
import json
import os
import socket
import ssl
import sys
import time

import httpx
import msal
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import (
    CertificateCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from azure.keyvault.secrets import SecretClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import pkcs12
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.security.alert import Alert
from msgraph.generated.models.security.alert_classification import AlertClassification
from msgraph.generated.models.security.alert_comment import AlertComment
from msgraph.generated.models.security.alert_determination import AlertDetermination
from msgraph.generated.models.security.alert_severity import AlertSeverity
from msgraph.generated.models.security.alert_status import AlertStatus
from msgraph.generated.models.security.incident import Incident
from msgraph.generated.models.security.incident_status import IncidentStatus
from msgraph.generated.security.alerts_v2.alerts_v2_request_builder import Alerts_v2RequestBuilder
from msgraph.generated.security.alerts_v2.microsoft_graph_security_move_alerts.move_alerts_post_request_body import (
    MoveAlertsPostRequestBody,
)
from msgraph.generated.security.incidents.count.count_request_builder import CountRequestBuilder
from msgraph.generated.security.incidents.incidents_request_builder import IncidentsRequestBuilder
from msgraph.generated.security.incidents.item.alerts.alerts_request_builder import AlertsRequestBuilder
from msgraph.generated.security.incidents.item.incident_item_request_builder import IncidentItemRequestBuilder
from msgraph.generated.security.incidents.microsoft_graph_security_merge_incidents.merge_incidents_post_request_body import (
    MergeIncidentsPostRequestBody,
)
from msgraph_core import GraphClientFactory

# Against a machine's own settings, which requests puts before what MSAL was told: the lab is on this machine, with a
# root of its own.
for name in list(os.environ):
    if name.upper() in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR") or name.upper().endswith("_PROXY"):
        del os.environ[name]

BASE, FOLDER = sys.argv[1], sys.argv[2]
SCOPE = "https://graph.microsoft.com/.default"
CA = os.path.join(FOLDER, "ca.pem")
CONFIG = json.load(open(os.path.join(FOLDER, "tenants.json"), encoding="utf-8"))
CLIENT = CONFIG["app"]["clientId"]
HOME = CONFIG["app"]["homeTenant"]
TENANT, OTHER = (tenant["id"] for tenant in CONFIG["tenants"])
VAULT = "partner-vault.localhost"
# The metadata service of the machine: the lab's.
os.environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = BASE

# The system knows no host below localhost; the lab's certificate names it.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: resolve("127.0.0.1" if host == VAULT else host, *rest, **more)

answers = []
refusals = []


def content(name, mode="r"):
    with open(os.path.join(FOLDER, name), mode) as file:
        return file.read()


def app(credential, tenant=TENANT):
    return msal.ConfidentialClientApplication(
        CLIENT, authority=f"{BASE}/{tenant}", client_credential=credential, verify=CA, instance_discovery=False
    )


def check(condition, what):
    if not condition:
        raise SystemExit(f"FAILED: {what}")


def told(what, began):
    print(f"  {time.monotonic() - began:5.2f} s  {what}", flush=True)


def tokens():
    """A token by every credential, and each found again in the library's own cache."""
    secret = content("secret").strip()
    certificate = x509.load_pem_x509_certificate(content("certificate.pem", "rb"))
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex()
    credentials = {
        "secret": secret,
        "key and thumbprint": {"private_key": content("key.pem"), "thumbprint": thumbprint},
        "key and certificate": {"private_key": content("key.pem"), "public_certificate": content("certificate.pem")},
        "PFX": {"private_key_pfx_path": os.path.join(FOLDER, "app.p12"), "passphrase": secret},
    }
    for name, credential in credentials.items():
        began = time.monotonic()
        client = app(credential)
        answer = client.acquire_token_for_client([SCOPE])
        check("access_token" in answer, f"token by {name}: {answer}")
        check(answer["token_source"] == "identity_provider", f"the token by {name} was asked for")
        again = client.acquire_token_for_client([SCOPE])
        check(again["token_source"] == "cache", f"the token by {name} was found again in MSAL's cache")
        told(f"MSAL: token by {name}", began)
    # A refused assertion is sent again by MSAL, so a second app that shares nothing has to be fine as well.
    for name, credential in identities(TENANT).items():
        began = time.monotonic()
        check(credential.get_token(SCOPE).token, f"token by azure-identity, {name}")
        told(f"azure-identity: token by {name}", began)


class Noting(RequestsTransport):
    """Notes what azure-core was answered."""

    def __init__(self):
        super().__init__(connection_verify=CA)

    def send(self, request, **settings):
        answer = super().send(request, **settings)
        answers.append(answer.status_code)
        # The vault's first word to a process is whom to ask for a token, and a request without one is how that is asked.
        is_asked = answer.status_code == 401 and "Authorization" not in request.headers and VAULT in request.url
        if answer.status_code >= 300 and not is_asked:
            refusals.append(f"{request.method} {request.url}: {answer.status_code}")
        return answer


def identities(tenant):
    lab = {"authority": BASE, "disable_instance_discovery": True, "transport": Noting()}
    return {
        "secret": ClientSecretCredential(tenant, CLIENT, content("secret").strip(), **lab),
        "certificate": CertificateCredential(tenant, CLIENT, os.path.join(FOLDER, "both.pem"), **lab),
        "PFX": CertificateCredential(
            tenant, CLIENT, os.path.join(FOLDER, "app.p12"), password=content("secret").strip(), **lab
        ),
        "workload identity": WorkloadIdentityCredential(
            tenant_id=tenant, client_id=CLIENT, token_file_path=os.path.join(FOLDER, "token"), **lab
        ),
        "managed identity": ManagedIdentityCredential(transport=Noting()),
    }


def vaults():
    """What rests in the key vault, read as each who may."""
    address = f"https://{VAULT}:{BASE.rsplit(':', 1)[1]}"
    for name, credential in identities(HOME).items():
        began = time.monotonic()
        with SecretClient(address, credential, transport=Noting()) as client:
            secret = client.get_secret("app-secret")
            check(secret.value == content("secret").strip(), f"the secret in the vault, read with {name}")
            check(secret.properties.enabled and secret.properties.created_on, "what is said of the secret")
            again = client.get_secret("app-secret", secret.properties.version)
            check(again.value == secret.value and again.id == secret.id, "its version by name")
            certificate = client.get_secret("app-certificate")
        told(f"azure-keyvault-secrets: secrets with {name}", began)
    check(answers.count(401) == 1, "one challenge, before the first secret of the process")
    check(certificate.properties.content_type == "application/x-pkcs12", "the certificate's form")
    began = time.monotonic()
    key, holder, _ = pkcs12.load_key_and_certificates(base64.b64decode(certificate.value), b"")
    path = os.path.join(FOLDER, "vault.p12")
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(base64.b64decode(certificate.value))
    check(key and certificate.properties.expires_on.date() == holder.not_valid_after_utc.date(), "its end")
    answer = app({"private_key_pfx_path": path, "passphrase": ""}).acquire_token_for_client([SCOPE])
    check("access_token" in answer, f"token by the vault's certificate: {answer}")
    told("MSAL: token by the vault's certificate", began)


class Tokens(AccessTokenProvider):
    """Tokens of MSAL for Graph's client."""

    def __init__(self, tenant):
        self.client = app(content("secret").strip(), tenant)

    async def get_authorization_token(self, uri, additional_authentication_context=None):
        return self.client.acquire_token_for_client([SCOPE])["access_token"]

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator(["127.0.0.1"])


def graph(tenant):
    async def note(response):
        answers.append(response.status_code)
        if response.status_code >= 300:
            await response.aread()
            refusals.append(f"{response.request.method} {response.request.url}: {response.status_code} {response.text}")

    plain = httpx.AsyncClient(
        verify=ssl.create_default_context(cafile=CA), timeout=60, event_hooks={"response": [note]}
    )
    client = GraphClientFactory.create_with_default_middleware(client=plain)
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Tokens(tenant)), client)
    adapter.base_url = f"{BASE}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def asking(parameters=None):
    """A request as a client has to make it that wants every member of the enumerations told."""
    configuration = RequestConfiguration(query_parameters=parameters)
    configuration.headers.add("Prefer", "include-unknown-enum-members")
    return configuration


async def reads(client):
    lists = IncidentsRequestBuilder.IncidentsRequestBuilderGetQueryParameters
    security = client.security

    began = time.monotonic()
    whole = await security.incidents.get(asking())
    check(len(whole.value) == 25 and all(incident.id for incident in whole.value), "25 incidents in a list")
    told("list", began)

    began = time.monotonic()
    expanded = await security.incidents.get(asking(lists(expand=["alerts"], top=5)))
    merged = IncidentStatus.Redirected
    check(all(bool(one.alerts) == (one.status != merged) for one in expanded.value), "alerts in an expanded list")
    check(all(alert.evidence for incident in expanded.value for alert in incident.alerts), "evidence in those alerts")
    told("$expand=alerts", began)

    began = time.monotonic()
    wanted = "severity eq 'high' and status ne 'resolved'"
    filtered = await security.incidents.get(asking(lists(filter=wanted, count=True)))
    expected = [
        incident.id
        for incident in whole.value
        if incident.severity == AlertSeverity.High and incident.status != IncidentStatus.Resolved
    ]
    check(expected and [incident.id for incident in filtered.value] == expected, "what a filter finds")
    check(filtered.odata_count == len(expected), "@odata.count")
    told("$filter", began)

    began = time.monotonic()
    page, read, pages = await security.incidents.get(asking(lists(top=10))), [], 0
    while True:
        pages += 1
        read += [incident.id for incident in page.value]
        if not page.odata_next_link:
            break
        page = await security.incidents.with_url(page.odata_next_link).get(asking())
    check(pages == 3 and read == [incident.id for incident in whole.value], "the pages make up the list")
    told("pages", began)

    began = time.monotonic()
    some = await security.incidents.get(asking(lists(select=["id", "status"], top=3)))
    check(all(incident.id and incident.status for incident in some.value), "what was selected is there")
    check(all(incident.display_name is None and incident.severity is None for incident in some.value), "and nothing else")
    told("$select", began)

    began = time.monotonic()
    counted = CountRequestBuilder.CountRequestBuilderGetQueryParameters
    check(await security.incidents.count.get(asking()) == 25, "$count")
    check(await security.incidents.count.get(asking(counted(filter=wanted))) == len(expected), "$count with a filter")
    told("$count", began)

    began = time.monotonic()
    first = whole.value[0]
    item = IncidentItemRequestBuilder.IncidentItemRequestBuilderGetQueryParameters
    one = await security.incidents.by_incident_id(first.id).get(asking(item(expand=["alerts"])))
    check(one.id == first.id and one.display_name == first.display_name, "one incident")
    listed = await security.incidents.by_incident_id(first.id).alerts.get(
        asking(AlertsRequestBuilder.AlertsRequestBuilderGetQueryParameters(select=["id", "title"]))
    )
    check({alert.id for alert in listed.value} == {alert.id for alert in one.alerts}, "the incident's alerts")
    check(await security.incidents.by_incident_id(first.id).alerts.count.get(asking()) == len(one.alerts), "their count")
    told("one incident and its alerts", began)

    began = time.monotonic()
    source = Alerts_v2RequestBuilder.Alerts_v2RequestBuilderGetQueryParameters(
        filter="serviceSource eq 'microsoftSecurityForAI' or serviceSource eq 'microsoftThreatIntelligence'"
    )
    check((await security.alerts_v2.get(asking(source))).value is not None, "alerts by their source")
    told("alerts by source", began)
    return first.id


async def writes(client, identifier):
    target = client.security.incidents.by_incident_id(identifier)

    began = time.monotonic()
    alert = (await target.alerts.get(asking())).value[0]
    commented = client.security.alerts_v2.by_alert_id(alert.id)
    # The library makes nothing of Graph's answer here: it looks for an array, and the service wraps that in an object.
    await commented.comments.post([AlertComment(comment="Seen by the SDK.")], asking())
    comments = (await commented.get(asking())).comments
    check(comments[-1].comment == "Seen by the SDK.", "the comment of an alert")
    told("comment", began)

    began = time.monotonic()
    change = Alert(
        status=AlertStatus.InProgress, classification=AlertClassification.TruePositive,
        determination=AlertDetermination.Phishing, assigned_to="sdk@partner.example",
    )
    changed = await commented.patch(change, asking())
    check(changed.status == AlertStatus.InProgress and changed.assigned_to == "sdk@partner.example", "an alert's status")
    changed.status = AlertStatus.Resolved
    check((await commented.patch(changed, asking())).resolved_date_time is not None, "a whole alert, resolved")
    told("PATCH of an alert", began)

    began = time.monotonic()
    await target.get(asking())
    change = Incident(
        status=IncidentStatus.InProgress, custom_tags=["sdk"], classification=AlertClassification.TruePositive,
        determination=AlertDetermination.Malware,
    )
    changed = await target.patch(change, asking())
    check(changed.status == IncidentStatus.InProgress and changed.custom_tags == ["sdk"], "status and tags")
    told("PATCH of status and tags", began)

    began = time.monotonic()
    fetched = await target.get(asking())
    check("@odata.context" in fetched.additional_data, "what was fetched holds control information")
    fetched.status = IncidentStatus.Resolved
    fetched.custom_tags = fetched.custom_tags + ["whole"]
    whole = await target.patch(fetched, asking())
    check(whole.status == IncidentStatus.Resolved and whole.custom_tags == ["sdk", "whole"], "the whole incident")
    check(whole.classification == AlertClassification.TruePositive, "what was not changed")
    told("PATCH of a whole fetched incident", began)


async def merges(client):
    began = time.monotonic()
    lists = IncidentsRequestBuilder.IncidentsRequestBuilderGetQueryParameters
    two = await client.security.incidents.get(asking(lists(filter="status ne 'redirected'", top=2)))
    newer, older = (incident.id for incident in two.value)
    body = MergeIncidentsPostRequestBody(incident_ids=[newer, older], incident_comment="One case.")
    merged = await client.security.incidents.microsoft_graph_security_merge_incidents.post(body, asking())
    check(merged.target_incident_id == older, "the merge by its qualified name")
    told("merge by the qualified name", began)

    began = time.monotonic()
    alerts = client.security.alerts_v2
    alert = (await client.security.incidents.by_incident_id(older).alerts.get(asking())).value[0]
    body = MoveAlertsPostRequestBody(alert_ids=[alert.id], alert_comment="By itself.")
    made = await alerts.microsoft_graph_security_move_alerts.post(body, asking())
    moved = await alerts.by_alert_id(alert.id).get(asking())
    check(moved.incident_id == made.target_incident_id != older, "the move to a new incident")
    told("move by the qualified name", began)


async def talk():
    client = graph(TENANT)
    identifier = await reads(client)
    await writes(client, identifier)
    await merges(graph(OTHER))


def violations():
    context = ssl.create_default_context(cafile=CA)
    return httpx.get(f"{BASE}/lab/violations", verify=context).json()


try:
    tokens()
    vaults()
    asyncio.run(talk())
finally:
    for refusal in refusals:
        print(f"REFUSED: {refusal}")
    broken = violations()
    for violation in broken:
        print(f"VIOLATION: {violation}")
check(not refusals, f"{len(refusals)} of {len(answers)} requests were refused")
check(not broken, f"{len(broken)} rules were broken")
print(f"  {len(answers)} requests, none refused, no rule broken")
