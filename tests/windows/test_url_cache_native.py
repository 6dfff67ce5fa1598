"""The URL cache of an account on a pretend server: the profile by SID, and files as Windows writes them.

Wine keeps no metadata in this folder, so the files are made by the test; that
they look like Windows' own is only to be seen on a real server.
"""

import hashlib
import json
from typing import Any

import pytest

from tests.agent.hosts.windows.store_bytes import metadata
from tests.fakes.pki import ISSUING, crl_der
from tests.windows.bed.wine_host import WineHost

SYSTEM = "S-1-5-18"
NETWORK_SERVICE = "S-1-5-20"
LOCAL_SERVICE = "S-1-5-19"
ADFS = "S-1-5-21-1-2-3-1105"
PROFILES = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
CACHE = r"AppData\LocalLow\Microsoft\CryptnetUrlCache"
URL = "http://pki.contoso.com/issuing.crl"
CRL = crl_der(ISSUING)

LOOK = """
import json, sys
from hashlib import sha256
from google.protobuf.json_format import MessageToDict
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows import url_cache
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2
kept = []
def keep(data):
    kept.append(sha256(data).hexdigest())
    return sha256(data).digest()
account = Account(context=facts_pb2.CONTEXT_SYSTEM, name="it", sid=sys.argv[1])
try:
    print(json.dumps([[MessageToDict(one) for one in url_cache.entries(account, keep).values], kept]))
except NotObservedError as error:
    print(json.dumps([type(error).__name__, error.reason]))
"""

HELD = """
import json, sys
from farmsight_agent.config import Config
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows.host import WindowsHost
from farmsight_wire.v1 import facts_pb2
host = WindowsHost(Config())
own, other = (Account(context=facts_pb2.CONTEXT_SYSTEM, name="it", sid=sid) for sid in sys.argv[1:])
entry = host.url_cache(own).values[0]
before = len(host._blobs)
handed_out = [host.blob(entry.body_sha256) is not None, len(host._blobs)]
host.url_cache(other)
print(json.dumps([before, handed_out, len(host._blobs)]))
"""


def look(host: WineHost, sid: str) -> Any:
    return json.loads(host.code(LOOK, sid))


def cached(host: WineHost, profile: str, url: str, body: bytes) -> None:
    name = hashlib.md5(url.encode("utf-16-le")).hexdigest().upper()
    host.put(rf"{profile}\{CACHE}\MetaData\{name}", metadata(url, size=len(body)))
    host.put(rf"{profile}\{CACHE}\Content\{name}", body)


@pytest.mark.parametrize(
    ("sid", "profile"),
    [
        (SYSTEM, r"C:\windows\system32\config\systemprofile"),
        (NETWORK_SERVICE, r"C:\windows\ServiceProfiles\NetworkService"),
    ],
)
def test_the_cache_of_a_built_in_account(shared_windows: WineHost, sid: str, profile: str) -> None:
    before = look(shared_windows, sid)
    cached(shared_windows, profile, URL, CRL)

    (entry,), kept = look(shared_windows, sid)

    assert before == [[], []]
    assert entry["url"] == URL
    assert entry["crl"]["issuer"] == ISSUING.subject
    assert entry["expiresAt"] == entry["crl"]["nextUpdate"]
    assert hashlib.sha256(CRL).hexdigest() in kept


def test_the_cache_of_an_account_lies_where_its_profile_is(shared_windows: WineHost) -> None:
    before = look(shared_windows, ADFS)
    shared_windows.registry(
        "Windows Registry Editor Version 5.00\n\n"
        f'[{PROFILES}\\{ADFS}]\n"ProfileImagePath"="%SystemDrive%\\\\users\\\\adfs$"\n'
    )
    cached(shared_windows, r"C:\users\adfs$", URL, b"no CRL")

    (entry,), _ = look(shared_windows, ADFS)

    assert before == ["UnavailableError", "no-profile"]
    assert entry["url"] == URL
    assert "crl" not in entry


def test_bodies_do_not_stay_in_memory(shared_windows: WineHost) -> None:
    """An agent runs for months, and each CRL that is cached meanwhile is another one."""
    for name in ("kept", "left"):
        cached(
            shared_windows, r"C:\windows\ServiceProfiles\NetworkService", f"http://pki/{name}.crl", CRL + name.encode()
        )

    before, handed_out, after = json.loads(shared_windows.code(HELD, NETWORK_SERVICE, LOCAL_SERVICE))

    assert before >= 2
    assert handed_out == [True, before - 1]
    assert after == 0


def test_files_of_another_form_make_the_cache_unknown(windows: WineHost) -> None:
    windows.put(rf"C:\windows\system32\config\systemprofile\{CACHE}\MetaData\0", b"Wine cached revocation")

    assert look(windows, SYSTEM) == ["UnavailableError", "cache-not-understood"]


def test_an_account_without_a_sid_is_unknown(shared_windows: WineHost) -> None:
    assert look(shared_windows, "") == ["UnavailableError", "no-sid"]
