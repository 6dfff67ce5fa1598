"""The native reading of certificate stores, on Wine's CryptoAPI and registry: what is seeded is what is reported.

What Wine can't show (the enterprise's, a service's, a user's place; damaged
elements) comes out of the registry, by the code that a real server takes for
damaged elements alone.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict

from farmsight_wire.v1 import facts_pb2 as f
from tests.agent.hosts.windows.store_bytes import ctl, key_prov_info, oid, tlv
from tests.fakes.pki import CLIENT_AUTH, ISSUING, PUBLIC_ROOT, ROOT, Made, crl_der, make
from tests.windows.bed.seeds import Entry, registry
from tests.windows.bed.wine_host import WineHost

MICROSOFT = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft"
POLICY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\SystemCertificates"
ENTERPRISE = rf"{MICROSOFT}\EnterpriseCertificates"
SERVICE = rf"{MICROSOFT}\Cryptography\Services\adfssrv\SystemCertificates"
LEAF = make("sts.contoso.com", ISSUING, ca=False)

LOOK = """
import json, sys, time
from google.protobuf.json_format import MessageToDict
from farmsight_agent.hosts.windows import certificate_stores
from farmsight_agent.outcome import NotObservedError
began = time.monotonic()
try:
    seen = getattr(certificate_stores, sys.argv[1])(sys.argv[2])
    told = [[one.der and one.der.hex(), MessageToDict(one.message)] for one in seen.values]
    print(json.dumps([seen.source, told, time.monotonic() - began]))
except NotObservedError as error:
    print(json.dumps([type(error).__name__, error.reason, 0]))
"""

# Through CryptoAPI: opens for writing, adds a certificate with a friendly name and a private key's provider.
ADD = """
import ctypes, sys
from ctypes import c_int32, c_uint32, c_void_p, c_wchar_p
from farmsight_agent.hosts.windows.api.wincrypt_layout import CRYPT_KEY_PROV_INFO
crypt32 = ctypes.WinDLL("crypt32", use_last_error=True)
crypt32.CertOpenStore.restype = c_void_p
crypt32.CertOpenStore.argtypes = c_void_p, c_uint32, c_void_p, c_uint32, c_wchar_p
crypt32.CertCloseStore.argtypes = c_void_p, c_uint32
add = crypt32.CertAddEncodedCertificateToStore
add.argtypes = c_void_p, c_uint32, ctypes.c_char_p, c_uint32, c_uint32, ctypes.POINTER(c_void_p)
put = crypt32.CertSetCertificateContextProperty
put.argtypes = c_void_p, c_uint32, c_uint32, c_void_p
class Blob(ctypes.Structure):
    _fields_ = [("cbData", c_uint32), ("pbData", c_void_p)]
store = crypt32.CertOpenStore(13, 0, None, 2 << 16, sys.argv[1])
der, context = bytes.fromhex(sys.argv[2]), c_void_p()
assert add(store, 0x10001, der, len(der), 3, ctypes.byref(context)), ctypes.get_last_error()
name = ctypes.create_unicode_buffer(sys.argv[3])
blob = Blob(ctypes.sizeof(name), ctypes.addressof(name))
assert put(context, 11, 0, ctypes.byref(blob)), ctypes.get_last_error()
container, provider = ctypes.create_unicode_buffer("KEY"), ctypes.create_unicode_buffer(sys.argv[4])
info = CRYPT_KEY_PROV_INFO(ctypes.addressof(container), ctypes.addressof(provider), 24, 0x20, 0, None, 1)
assert put(context, 2, 0, ctypes.byref(info)), ctypes.get_last_error()
crypt32.CertFreeCertificateContext(context)
assert crypt32.CertCloseStore(store, 0)
print("added")
"""


def look(host: WineHost, store: str, what: str = "certificates") -> dict[str, list[Any]]:
    """Return what is reported, by thumbprint."""
    kinds = {"certificates": f.StoreCertificate, "crls": f.StoreCrl, "ctls": f.StoreCtl}
    found: dict[str, list[Any]] = {}
    for _, value in json.loads(host.code(LOOK, what, store))[1]:
        message = ParseDict(value, kinds[what]())
        found.setdefault(message.certificate.sha1 if what == "certificates" else message.sha1, []).append(message)
    return found


def told(host: WineHost, store: str, what: str = "certificates") -> list[Any]:
    answer = json.loads(host.code(LOOK, what, store))
    assert isinstance(answer, list)
    return answer


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def test_a_certificate_that_cryptoapi_was_given_is_reported_with_all_that_is_kept_beside_it(
    shared_windows: WineHost,
) -> None:
    before = look(shared_windows, "MY")
    shared_windows.code(ADD, "MY", LEAF.der.hex(), "Dienst für AD FS", "Contoso Key Storage Provider")

    (found,) = look(shared_windows, "MY")[LEAF.sha1]

    assert LEAF.sha1 not in before
    assert found == f.StoreCertificate(
        store="MY",
        location=f.STORE_LOCATION_LOCAL_MACHINE,
        origin=f.STORE_ORIGIN_REGISTRY,
        certificate=f.CertificateSummary(sha1=LEAF.sha1),
        has_private_key=f.TRISTATE_YES,
        friendly_name="Dienst für AD FS",
        usages_restricted=f.TRISTATE_NO,
        key_provider="Contoso Key Storage Provider",
        archived=f.TRISTATE_NO,
    )


def test_properties_in_the_registry_are_seen_through_cryptoapi(shared_windows: WineHost) -> None:
    plain, restricted = make("plain"), make("restricted")
    usages = tlv(0x30, oid(CLIENT_AUTH.dotted_string))
    shared_windows.registry(
        registry(
            [
                Entry(store="TrustedPeople", der=plain.der),
                Entry(
                    store="TrustedPeople",
                    der=restricted.der,
                    friendly_name="nur Anmeldung",
                    properties={2: key_prov_info(provider="KSP"), 9: usages, 19: b""},
                ),
            ]
        )
    )

    found = look(shared_windows, "TRUSTEDPEOPLE")

    (bare,), (kept,) = found[plain.sha1], found[restricted.sha1]
    assert (bare.has_private_key, bare.usages_restricted, bare.archived) == (f.TRISTATE_NO,) * 3
    assert (kept.has_private_key, kept.usages_restricted, kept.archived) == (f.TRISTATE_YES,) * 3
    assert (kept.friendly_name, kept.key_provider) == ("nur Anmeldung", "KSP")
    assert list(kept.allowed_usages) == [CLIENT_AUTH.dotted_string]


@pytest.mark.parametrize(
    ("below", "folder", "origin"),
    [
        (rf"{MICROSOFT}\SystemCertificates", "ROOT", f.STORE_ORIGIN_REGISTRY),
        (POLICY, "ROOT", f.STORE_ORIGIN_GROUP_POLICY),
        (ENTERPRISE, "ROOT", f.STORE_ORIGIN_ENTERPRISE),
        (rf"{MICROSOFT}\SystemCertificates", "AuthRoot", f.STORE_ORIGIN_THIRD_PARTY),
        (rf"{MICROSOFT}\SystemCertificates", "SmartCardRoot", f.STORE_ORIGIN_SMART_CARD),
    ],
)
def test_where_a_root_lies_is_its_origin(
    shared_windows: WineHost, below: str, folder: str, origin: f.StoreOrigin.ValueType
) -> None:
    root = make(f"{folder} {origin}")
    before = look(shared_windows, "ROOT")
    shared_windows.registry(registry([Entry(store=folder, der=root.der, below=below)]))

    (found,) = look(shared_windows, "ROOT")[root.sha1]

    assert root.sha1 not in before
    assert (found.origin, found.location) == (origin, f.STORE_LOCATION_LOCAL_MACHINE)


def test_a_root_in_two_places_is_reported_from_both(shared_windows: WineHost) -> None:
    entries = [Entry(store="ROOT", der=ROOT.der), Entry(store="ROOT", der=ROOT.der, below=POLICY)]
    shared_windows.registry(registry(entries))

    found = look(shared_windows, "ROOT")[ROOT.sha1]

    assert [one.origin for one in found] == [f.STORE_ORIGIN_REGISTRY, f.STORE_ORIGIN_GROUP_POLICY]


def test_ntauth_is_the_enterprises(shared_windows: WineHost) -> None:
    assert look(shared_windows, "NTAuth") == {}
    shared_windows.registry(registry([Entry(store="NTAuth", der=ISSUING.der, below=ENTERPRISE)]))

    (found,) = look(shared_windows, "NTAuth")[ISSUING.sha1]

    assert (found.origin, found.location) == (f.STORE_ORIGIN_ENTERPRISE, f.STORE_LOCATION_ENTERPRISE)


def test_what_the_service_keeps_for_itself_is_told_apart(shared_windows: WineHost) -> None:
    shared_windows.registry(registry([Entry(store="CA", der=PUBLIC_ROOT.der, below=SERVICE)]))

    (found,) = look(shared_windows, "CA")[PUBLIC_ROOT.sha1]

    assert (found.location, found.account) == (f.STORE_LOCATION_SERVICE, "adfssrv")
    assert PUBLIC_ROOT.sha1 not in look(shared_windows, "ROOT")


def test_crls_and_trust_lists_come_with_their_dates(shared_windows: WineHost) -> None:
    crl, listed = crl_der(ISSUING), ctl(entries=3)
    assert look(shared_windows, "CA", "crls") == look(shared_windows, "CA", "ctls") == {}
    shared_windows.registry(
        registry([Entry(store="CA", der=crl, kind="CRLs"), Entry(store="CA", der=listed, kind="CTLs")])
    )

    (stored,) = look(shared_windows, "CA", "crls")[sha1(crl)]
    (trusted,) = look(shared_windows, "CA", "ctls")[sha1(listed)]

    assert stored.origin == f.STORE_ORIGIN_REGISTRY
    assert (trusted.identifier, trusted.entries) == ("DisallowedCert_AutoUpdate_1", 3)


OF_USERS = """
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows import certificate_stores
from farmsight_wire.v1 import facts_pb2
account = Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name="CONTOSO\\\\adfs$", sid="S-1-5-21-1-2-3-1105")
certificate_stores.accounts.accounts = lambda: [account]
"""


def test_what_the_services_account_keeps_for_itself_is_told_apart(shared_windows: WineHost) -> None:
    own = make("only the account's")
    below = r"HKEY_USERS\S-1-5-21-1-2-3-1105\SOFTWARE\Microsoft\SystemCertificates"
    shared_windows.registry(registry([Entry(store="CA", der=own.der, below=below)]))

    known = json.loads(shared_windows.code(OF_USERS + LOOK, "certificates", "CA"))[1]
    (found,) = [value for _, value in known if value["certificate"]["sha1"] == own.sha1]

    assert (found["location"], found["account"]) == ("STORE_LOCATION_USER", r"CONTOSO\adfs$")
    assert own.sha1 not in look(shared_windows, "CA")  # where it is not known which account that is


FAILING = """
import time
from farmsight_agent.hosts.windows import certificate_stores
from farmsight_agent.hosts.windows.api import crypt32
certificate_stores.LIMIT_S = 0.5
elements = crypt32.elements
def failing(provider, flags, name):
    if name == "MY":
        raise crypt32.Crypt32Error("CertOpenStore", 5)
    if name == "ROOT":
        time.sleep(60)
    return elements(provider, flags, name)
crypt32.elements = failing
for store in ("ROOT", "ROOT"):
    try:
        certificate_stores.certificates(store)
    except Exception as error:
        pass
"""


@pytest.mark.parametrize(
    ("store", "answer"),
    [("MY", ["DeniedError", "store-not-readable"]), ("ROOT", ["TimedOutError", "still-hangs"])],
)
def test_a_store_that_fails_takes_no_other_along(shared_windows: WineHost, store: str, answer: list[str]) -> None:
    failed = json.loads(shared_windows.code(FAILING + LOOK, "certificates", store))
    other = json.loads(shared_windows.code(FAILING + LOOK, "certificates", "ClientAuthIssuer"))

    assert failed[:2] == answer
    assert other[:2] == ["api", []]


ONE_LOOK = """
import json
from farmsight_agent.hosts.windows import certificate_stores
from farmsight_agent.hosts.windows.api import crypt32
opened, elements = [], crypt32.elements
def counted(provider, flags, name):
    opened.append(name)
    return elements(provider, flags, name)
crypt32.elements = counted
counts = []
for what in ("certificates", "crls", "ctls", "crls"):
    counts.append([len(getattr(certificate_stores, what)("TrustedDevices").values), len(opened)])
print(json.dumps(counts))
"""


def test_a_store_is_opened_once_for_all_that_it_holds(shared_windows: WineHost) -> None:
    entries = [
        Entry(store="TrustedDevices", der=ROOT.der),
        Entry(store="TrustedDevices", der=crl_der(ROOT), kind="CRLs"),
    ]
    shared_windows.registry(registry(entries))

    certificates, crls, ctls, again = json.loads(shared_windows.code(ONE_LOOK))

    assert (certificates, crls, ctls) == ([1, 2], [1, 2], [0, 2])  # at its place, and as Windows puts it together
    assert again == [1, 4]  # what was handed out is looked for anew


def test_junk_in_a_store_is_reported_and_takes_nothing_along(windows: WineHost) -> None:
    sound, large = make("sound"), b"\x30\x83\x10\x00\x00" + bytes(0x100000)
    below = rf"{MICROSOFT}\SystemCertificates\CA\Certificates"
    windows.registry(
        registry(
            [
                Entry(store="CA", der=b"no certificate at all"),
                Entry(store="CA", der=sound.der),
                Entry(store="CA", der=large),
            ]
        )
        + f'\n[{below}\\{"0" * 40}]\n"Blob"=hex:20,00,00,00\n'
        + f'\n[{below}\\{"1" * 40}]\n"Blob"="text"\n'
        + f"\n[{below}\\no thumbprint]\n"
    )

    answer = told(windows, "CA")[1]
    by_thumbprint = {value["certificate"].get("sha1", ""): (der, value["certificate"]) for der, value in answer}

    assert len(answer) == 6
    assert by_thumbprint[sound.sha1] == (sound.der.hex(), {"sha1": sound.sha1})
    assert by_thumbprint[sha1(b"no certificate at all")][0] == b"no certificate at all".hex()
    assert "the limit is" in by_thumbprint[sha1(large)][1]["parseError"]
    for name in ("0" * 40, "1" * 40):
        assert by_thumbprint[name][1]["parseError"].startswith("its ")
    assert by_thumbprint[""][1]["parseError"] == "key 'no thumbprint': its 0 bytes hold no certificate"


def test_a_store_of_a_thousand_is_read_whole(windows: WineHost, record_property: Callable[[str, object], None]) -> None:
    many = [make(f"CA {number}") for number in range(1000)]
    windows.registry(
        registry(Entry(store="AdfsTrustedDevices", der=one.der, friendly_name=one.subject) for one in many)
    )

    _, answer, took_s = told(windows, "AdfsTrustedDevices")

    assert {value["certificate"]["sha1"] for _, value in answer} == {one.sha1 for one in many}
    record_property("seconds", took_s)
    assert took_s < 20  # the limit of one store


@pytest.mark.parametrize("store", ["ClientAuthIssuer", "AdfsTrustedDevices", "Contoso never made this"])
def test_a_store_that_nobody_made_is_empty(shared_windows: WineHost, store: str) -> None:
    assert told(shared_windows, store)[:2] == ["api", []]


@pytest.mark.parametrize("store", [r"\\ELSEWHERE\ROOT", r"adfssrv\MY", ""])
def test_a_name_that_leads_elsewhere_is_refused(shared_windows: WineHost, store: str) -> None:
    assert told(shared_windows, store)[:2] == ["UnavailableError", "no-store-name"]


NAMES = """
import json, sys
from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows import certificate_stores
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2
def bindings():
    if not sys.argv[1:]:
        raise UnavailableError("http-sys")
    named = (facts_pb2.TlsBinding(store=one, ctl_store="ClientAuthIssuer") for one in sys.argv[1:])
    return Seen(values=tuple(named), source="api")
print(json.dumps(certificate_stores.names(bindings).values))
"""


def test_stores_that_bindings_name_are_looked_at_too(shared_windows: WineHost) -> None:
    unknown, known = (json.loads(shared_windows.code(NAMES, *stores)) for stores in ((), ("MY", "WebHosting")))

    assert unknown[:3] == ["ROOT", "CA", "MY"]
    assert known == [*unknown, "WebHosting"]


def test_the_probe_reports_a_part_a_store(windows: WineHost) -> None:
    """The whole way: host, probe, normalised facts."""
    made: Made = make("Contoso Other Root")
    windows.registry(registry([Entry(store="ROOT", der=made.der), Entry(store="ROOT", der=made.der, below=POLICY)]))

    parts = json.loads(windows.code(PROBE))

    assert parts["ROOT"]["outcome"] == 1
    (fact,) = [one for one in parts["ROOT"]["facts"] if one["key"] == f"ROOT/{made.sha1}"]
    value = fact["storeCertificate"]
    assert value["certificate"]["subject"] == made.subject
    assert (value["origin"], value["otherOrigins"]) == ("STORE_ORIGIN_REGISTRY", ["STORE_ORIGIN_GROUP_POLICY"])
    assert parts["NTAuth"] == {"outcome": 1, "facts": []}


PROBE = """
import json
from hashlib import sha256
from types import SimpleNamespace
from google.protobuf.json_format import MessageToDict
from farmsight_agent.hosts.windows import certificate_stores
from farmsight_agent.outcome import UnavailableError
from farmsight_agent.probes.certificate_stores import PROBE
def bindings():
    raise UnavailableError("none")
host = SimpleNamespace(
    store_names=lambda: certificate_stores.names(bindings),
    store_certificates=certificate_stores.certificates,
    store_crls=certificate_stores.crls,
    store_ctls=certificate_stores.ctls,
)
tools = SimpleNamespace(host=host, blobs=SimpleNamespace(keep=lambda data: sha256(data).digest()))
told = {}
for one in PROBE.run(tools):
    told[one.part] = {"outcome": one.outcome, "facts": [MessageToDict(fact) for fact in one.facts]}
print(json.dumps(told))
"""
