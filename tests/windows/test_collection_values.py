"""The script's pure functions, run: what it makes of bytes and texts that Windows keeps."""

import base64
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_agent.normalise.certificates import certificate_summary
from tests.fakes import certificates as made
from tests.windows.dotnet import Thing
from tests.windows.evaluator import Evaluator, Thrown
from tests.windows.syntax import Script

ROOT = Path(__file__).parents[2]
SCRIPT = Script(ROOT / "deploy/windows/Collect-FarmsightEvidence.ps1")


def _instant(Time):  # noqa: N803 - the script's own parameter
    return Time.strftime("%Y-%m-%dT%H:%M:%SZ")


PS = Evaluator(SCRIPT, {"ConvertTo-Instant": _instant, "Get-Refusal": lambda **said: Thing(said)})


def _blob(flags: int, *texts: bytes) -> bytes:
    return struct.pack("<III", 0x46, 9, flags) + b"".join(struct.pack("<I", len(one)) + one for one in texts)


# -- DER


@pytest.mark.parametrize(
    ("der", "expected"),
    [
        ("3003020105", (0x30, 2, 5)),
        ("308201f0", (0x30, 4, 500)),
        ("30840000010000", (0x30, 6, 262)),
        ("8600", (0x86, 2, 2)),
    ],
)
def test_a_header_of_der_tells_where_its_content_is(der: str, expected: tuple[int, int, int]) -> None:
    found = PS.call("Read-DerHeader", Bytes=bytes.fromhex(der), At=0)

    assert (found["Tag"], found["Body"], found["End"]) == expected


@pytest.mark.parametrize("der", ["", "30", "3080", "308501000000000000", "3082ff"])
def test_what_is_no_header_of_der_is_none(der: str) -> None:
    assert PS.call("Read-DerHeader", Bytes=bytes.fromhex(der), At=0) is None


def test_the_end_of_a_cached_crl_is_its_next_update() -> None:
    assert PS.call("Get-CrlNextUpdate", Bytes=made.crl("Contoso CA")) == "2036-01-01T00:00:00Z"
    assert PS.call("Get-CrlNextUpdate", Bytes=made.crl("Contoso CA")[:120]) == "2036-01-01T00:00:00Z"


def test_a_crl_without_next_update_and_a_certificate_have_no_end_of_that_kind() -> None:
    # A CRL whose next field is its list of revoked certificates, and one whose times were cut off.
    body = bytes.fromhex("020101 300a06082a8648ce3d040302 3000 170d3236303130313030303030305a 3000".replace(" ", ""))
    whole = bytes([0x30, len(body) + 2, 0x30, len(body)]) + body

    assert PS.call("Get-CrlNextUpdate", Bytes=whole) is None
    assert PS.call("Get-CrlNextUpdate", Bytes=made.CERTIFICATE) is None
    assert PS.call("Get-CrlNextUpdate", Bytes=made.crl("Contoso CA")[:40]) is None
    assert PS.call("Get-CrlNextUpdate", Bytes=b"<html>") is None


@given(st.binary(max_size=64))
@settings(max_examples=60, deadline=None)
def test_no_bytes_make_the_readers_of_der_and_blobs_raise(data: bytes) -> None:
    PS.call("Get-CrlNextUpdate", Bytes=data)
    PS.call("Read-StoreElement", Blob=data)
    PS.call("Read-ConnectionBlob", Blob=data)
    PS.call("Read-CacheEntry", Bytes=data * 4)


def test_the_urls_of_a_distribution_point_are_read_to_their_last_letter() -> None:
    urls = [
        "http://pki.contoso.com/ca1.crl",
        "ldap:///CN=CA1,CN=CDP?certificateRevocationList",
        "http://x/" + "a" * 200,
    ]
    points = [x509.DistributionPoint([x509.UniformResourceIdentifier(one)], None, None, None) for one in urls]
    extension = x509.CRLDistributionPoints(points).public_bytes()
    other = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("http://not/this")]).public_bytes()
    certificate = Thing(
        Extensions=[
            Thing(Oid=Thing(Value="2.5.29.17"), RawData=other),
            Thing(Oid=Thing(Value="2.5.29.31"), RawData=extension),
        ]
    )

    assert PS.call("Get-ExtensionUrls", Certificate=certificate, Oid="2.5.29.31") == urls


# -- what the registry keeps


def test_a_certificate_is_taken_out_of_its_registry_blob() -> None:
    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<III", kind, 1, len(data)) + data

    blob = record(3, b"\1" * 20) + record(11, "Contoso".encode("utf-16-le")) + record(32, made.CERTIFICATE)
    found = bytes(PS.call("Read-StoreElement", Blob=blob))

    assert found == made.CERTIFICATE
    assert certificate_summary(found, lambda data: data[:32]).sha1 == made.SHA1
    crl = made.crl("Contoso CA")
    assert bytes(PS.call("Read-StoreElement", Blob=record(33, crl))) == crl
    assert PS.call("Read-StoreElement", Blob=blob[:-1]) is None
    assert PS.call("Read-StoreElement", Blob=record(3, b"\1" * 20)) is None


def test_what_a_stored_copy_may_be_used_for_is_taken_out_of_its_registry_blob() -> None:
    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<III", kind, 1, len(data)) + data

    usages = bytes.fromhex("300a06082b06010505070301")
    element = record(32, made.CERTIFICATE)
    narrow = record(3, b"\1" * 20) + record(9, usages) + element

    assert PS.call("Read-UsageProperty", Blob=narrow) == base64.b64encode(usages).decode()
    assert PS.call("Read-UsageProperty", Blob=record(3, b"\1" * 20) + element) == ""
    assert PS.call("Read-UsageProperty", Blob=narrow[:40]) is None
    assert PS.call("Read-UsageProperty", Blob=b"") is None


def _proxy(blob: bytes) -> Thing:
    PS.shared["names"] = []
    return PS.call("Get-ProxyRow", Context="system", Source="wininet", Blob=PS.call("Read-ConnectionBlob", Blob=blob))


def test_proxy_settings_are_what_their_flags_switch_on() -> None:
    whole = (b"proxy.contoso.com:8080", b"*.contoso.com;<local>", b"http://pac.contoso.com/proxy.pac")
    manual, script, found = _proxy(_blob(3, *whole)), _proxy(_blob(5, *whole)), _proxy(_blob(9, b"", b"", b""))

    assert (manual["ProxyServer"], manual["ProxyBypass"], manual["Direct"]) == (
        whole[0].decode(),
        whole[1].decode(),
        False,
    )
    assert manual["AutoConfigUrl"] is None
    assert (script["ProxyServer"], script["AutoConfigUrl"], script["Direct"]) == (None, whole[2].decode(), False)
    assert (found["AutoDetect"], found["Direct"]) == (True, False)


def test_without_proxy_settings_an_account_goes_direct() -> None:
    for blob in (b"", _blob(1), _blob(1, b"old:8080", b"", b""), struct.pack("<III", 0x28, 0, 1)):
        row = _proxy(blob)
        assert (row["ProxyServer"], row["AutoConfigUrl"], row["AutoDetect"], row["Direct"]) == (None, None, False, True)


def _differs(own: bytes, common: bytes) -> object:
    return PS.call(
        "Test-OwnProxy",
        Own=PS.call("Read-ConnectionBlob", Blob=own),
        Common=PS.call("Read-ConnectionBlob", Blob=common),
    )


def test_own_proxy_settings_that_a_policy_sets_aside_are_told() -> None:
    common = _blob(3, b"common:1", b"", b"")

    assert _differs(_blob(3, b"own:1", b"", b""), common) is True
    assert _differs(_blob(5, b"", b"", b"http://pac/proxy.pac"), common) is True
    assert _differs(_blob(3, b"common:1", b"", b"http://left.over/"), common) is False
    assert _differs(_blob(1, b"left:1", b"", b""), common) is False


def test_whose_values_proxy_settings_are_is_told_where_it_is_known() -> None:
    PS.shared["names"] = []
    blob = PS.call("Read-ConnectionBlob", Blob=_blob(3, b"p:1", b"", b""))
    of_all = PS.call("Get-ProxyRow", Context="system", Source="wininet", Blob=blob, PerMachine=True, OwnDiffers=False)
    machine = PS.call("Get-ProxyRow", Context="system", Source="winhttp", Blob=blob)

    assert (of_all["PerMachine"], of_all["OwnDiffers"]) == (True, False)
    assert (machine["PerMachine"], machine["OwnDiffers"]) == (None, None)


def test_the_hosts_of_proxy_scripts_are_to_be_resolved() -> None:
    _proxy(_blob(13, b"", b"", b"http://pac.contoso.com:81/proxy.pac"))

    assert PS.shared["names"] == ["wpad", "pac.contoso.com"]


def test_a_password_in_a_proxy_or_a_connection_string_is_not_kept() -> None:
    said = PS.call("ConvertTo-Secretless", Text="Data Source=sql1;User ID=fs;Password=hunter2;Pwd = x")

    assert said == "Data Source=sql1;User ID=fs;Password=***;Pwd=***"
    assert PS.call("ConvertTo-Secretless", Text="http://jane:secret@proxy:8080") == "http://***@proxy:8080"
    wid = "Data Source=np:\\\\.\\pipe\\microsoft##wid\\tsql\\query;Integrated Security=True"
    assert PS.call("ConvertTo-Secretless", Text=wid) == wid


def test_a_setting_of_all_ones_is_the_number_that_the_registry_shows() -> None:
    assert PS.call("ConvertTo-Unsigned", Value=-1) == 0xFFFFFFFF
    assert PS.call("ConvertTo-Unsigned", Value=1) == 1


# -- the URL cache


def _metadata(url: str, when: datetime, size: int) -> bytes:
    ticks = int((when - datetime(1601, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) * 10
    told = (url + "\0").encode("utf-16-le")
    head = bytearray(116)
    struct.pack_into("<I", head, 12, len(told))
    struct.pack_into("<q", head, 16, ticks)
    struct.pack_into("<I", head, 112, size)
    return bytes(head) + told + '"etag"'.encode("utf-16-le")


def test_an_entry_of_the_url_cache_tells_url_time_and_size() -> None:
    url = "http://pki.contoso.com/ca1.crl"
    entry = PS.call("Read-CacheEntry", Bytes=_metadata(url, datetime(2026, 11, 20, 8, 30, tzinfo=UTC), 812))

    assert (entry["Url"], entry["Synced"], entry["Size"]) == (url, "2026-11-20T08:30:00Z", 812)


def test_a_file_that_is_no_entry_is_not_taken_for_one() -> None:
    whole = _metadata("http://pki/ca.crl", datetime(2026, 11, 20, tzinfo=UTC), 5)

    assert PS.call("Read-CacheEntry", Bytes=whole[:116]) is None
    assert PS.call("Read-CacheEntry", Bytes=whole[:40]) is None
    assert PS.call("Read-CacheEntry", Bytes=_metadata("no url", datetime(2026, 1, 1, tzinfo=UTC), 5)) is None
    assert (
        PS.call("Read-CacheEntry", Bytes=_metadata("http://x/", datetime(1970, 1, 1, tzinfo=UTC), 5))["Synced"] is None
    )


# -- clocks, accounts, files


def test_a_time_of_ntp_is_seconds_with_their_fraction() -> None:
    data = b"\0" * 32 + struct.pack(">II", 3_900_000_000, 1 << 31)

    assert PS.call("ConvertFrom-NtpTime", Bytes=data, At=32) == 3_900_000_000.5


@pytest.mark.parametrize(
    ("account", "sid", "name"),
    [
        ("NT AUTHORITY\\SYSTEM", "S-1-5-18", "SYSTEM"),
        ("NT-AUTORITÄT\\Netzwerkdienst", "S-1-5-20", "NETWORKSERVICE"),
        ("CONTOSO\\gmsa-adfs$", "S-1-5-21-1-2-3-1104", "gmsa-adfs$"),
        ("CONTOSO\\svc adfs_1", "S-1-5-21-1-2-3-1105", "svc-adfs-1"),
    ],
)
def test_the_user_in_a_file_name_is_one_word_without_underscores(account: str, sid: str, name: str) -> None:
    assert PS.call("Get-FileUser", Row=Thing(Account=account, Sid=sid)) == name


@pytest.mark.parametrize("url", ["https", "ftp"])
def test_what_is_thrown_is_thrown(url: str) -> None:
    stub = Evaluator(
        SCRIPT, {"New-ScheduledTaskPrincipal": lambda **said: said, "Get-Refusal": lambda **said: Thing(said)}
    )

    with pytest.raises(Thrown) as thrown:
        stub.call("Get-TaskPrincipal", Row=Thing(Account=f"CONTOSO\\svc-{url}", Sid="S-1-5-21-1"))
    assert thrown.value.args[0]["Reason"] == "password-needed"


@pytest.mark.parametrize(
    ("account", "sid", "asked"),
    [
        ("NT AUTHORITY\\SYSTEM", "S-1-5-18", {"UserId": "S-1-5-18", "LogonType": "ServiceAccount"}),
        ("NT AUTHORITY\\NETWORK SERVICE", "S-1-5-20", {"UserId": "S-1-5-20", "LogonType": "ServiceAccount"}),
        ("CONTOSO\\gmsa$", "S-1-5-21-1", {"UserId": "CONTOSO\\gmsa$", "LogonType": "Password"}),
    ],
)
def test_accounts_without_a_password_are_entered_by_a_task(account: str, sid: str, asked: dict[str, str]) -> None:
    stub = Evaluator(SCRIPT, {"New-ScheduledTaskPrincipal": lambda **said: said})

    assert stub.call("Get-TaskPrincipal", Row=Thing(Account=account, Sid=sid)) == {**asked, "RunLevel": "Highest"}


def test_stores_are_spelt_as_documented_and_others_in_small_letters() -> None:
    PS.shared["storenames"] = ["ROOT", "MY", "AdfsTrustedDevices"]

    assert PS.call("Get-StoreSpelling", Store=" my ") == "MY"
    assert PS.call("Get-StoreSpelling", Store="adfstrusteddevices") == "AdfsTrustedDevices"
    assert PS.call("Get-StoreSpelling", Store="AdfsClient") == "adfsclient"


ENGLISH = """
Protocol tcp Port Exclusion Ranges

Start Port    End Port
----------    --------
      5357        5357
     50000       50059     *

* - Administered port exclusions.
"""
GERMAN = """
Ausgeschlossene Portbereiche für Protokoll "tcp"

Startport     Endport
---------     -------
      5357        5357
     50000       50059     *

* - Verwaltete Portausschlüsse.
"""


@pytest.mark.parametrize("listing", [ENGLISH, GERMAN])
def test_excluded_ranges_are_read_in_any_language(listing: str) -> None:
    stubs = {
        "Join-Path": lambda **_: "x",
        "IO.File::Exists": lambda _: True,
        "IO.File::ReadAllLines": lambda _: listing.split("\n"),
    }
    machine = Evaluator(SCRIPT, stubs)
    machine.shared |= {"folder": "x", "computer": "STS01"}

    found = machine.call("Get-ExcludedRanges")
    assert [(one["StartPort"], one["EndPort"], one["Administered"]) for one in found] == [
        (5357, 5357, False),
        (50000, 50059, True),
    ]


def test_without_a_listing_the_excluded_ranges_are_not_empty_but_unknown() -> None:
    stubs = {
        "Join-Path": lambda **_: "x",
        "IO.File::Exists": lambda _: False,
        "Get-Refusal": lambda **said: Thing(said),
    }
    machine = Evaluator(SCRIPT, stubs)
    machine.shared |= {"folder": "x", "computer": "STS01"}

    with pytest.raises(Thrown):
        machine.call("Get-ExcludedRanges")


def _given(data: bytes) -> bytes:
    stubs = {
        "Resolve-Path": lambda **_: Thing(ProviderPath="x"),
        "IO.File::ReadAllBytes": lambda _: data,
        "Get-Refusal": lambda **said: Thing(said),
    }
    return bytes(Evaluator(SCRIPT, stubs).call("Read-GivenCertificate", Path="x.cer"))


def test_a_certificate_file_is_taken_as_der_as_pem_and_as_bare_base64() -> None:
    armoured = made.pem(made.CERTIFICATE)
    bare = "".join(armoured.splitlines()[1:-1])

    assert _given(made.CERTIFICATE) == _given(armoured.encode()) == _given(bare.encode()) == made.CERTIFICATE
    assert _given(armoured.replace("\n", "\r\n").encode()) == made.CERTIFICATE


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (made.private_key_pem().encode(), "private-key-in-file"),
        ((made.pem(made.CERTIFICATE) + made.private_key_pem()).encode(), "private-key-in-file"),
        (bytes.fromhex("3082010002010330820050"), "no-certificate"),  # PKCS #12 begins with its version
        (bytes.fromhex("30820100 0609 2a864886f70d010702"), "no-certificate"),
        (b"MZ\x90\0", "no-certificate"),
        (b"", "no-certificate"),
    ],
)
def test_a_file_with_a_key_or_without_a_certificate_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Thrown) as thrown:
        _given(data)
    assert thrown.value.args[0]["Reason"] == reason
