"""CryptnetUrlCache: which URL was fetched when, and until when its answer is good."""

import datetime as dt
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.windows.stores import url_cache_folder, url_cache_metadata
from farmsight_agent.outcome import DeniedError, FailedError, UnavailableError
from tests.agent.hosts.windows.store_bytes import metadata
from tests.fakes.pki import ISSUING, crl_der

URL = "http://pki.contoso.com/issuing.crl"
FETCHED = dt.datetime(2024, 12, 30, 2, 40, tzinfo=dt.UTC)
CRL = crl_der(ISSUING)


def cached(folder, name, url, body=None, **said):
    for part in ("MetaData", "Content"):
        (folder / part).mkdir(exist_ok=True)
    (folder / "MetaData" / name).write_bytes(metadata(url, **said))
    if body is not None:
        (folder / "Content" / name).write_bytes(body)


def keep(data):
    return hashlib.sha256(data).digest()


def test_a_cached_crl_says_when_it_ends(tmp_path):
    cached(tmp_path, "AB" * 16, URL, CRL)

    (entry,) = url_cache_folder.entries(tmp_path, keep)

    assert entry.url == URL
    assert entry.fetched_at.ToDatetime(dt.UTC) == FETCHED
    assert entry.crl.issuer == ISSUING.subject
    assert entry.expires_at == entry.crl.next_update
    assert (entry.size, entry.body_sha256) == (len(CRL), keep(CRL))


def test_a_cached_certificate_ends_when_it_does(tmp_path):
    cached(tmp_path, "AB" * 16, "http://pki.contoso.com/ca.crt", ISSUING.der)

    (entry,) = url_cache_folder.entries(tmp_path, keep)

    assert entry.expires_at.ToDatetime(dt.UTC) == ISSUING.certificate.not_valid_after_utc
    assert not entry.HasField("crl")


def test_what_has_no_body_has_what_is_said_of_it(tmp_path):
    cached(tmp_path, "AB" * 16, URL, size=780_000)

    (entry,) = url_cache_folder.entries(tmp_path, keep)

    assert (entry.size, entry.body_sha256) == (780_000, b"")
    assert not entry.HasField("expires_at")


def test_a_body_that_is_neither_is_only_counted(tmp_path):
    cached(tmp_path, "AB" * 16, URL, b"<html>log in</html>")

    (entry,) = url_cache_folder.entries(tmp_path, keep)

    assert entry.size == 19
    assert not entry.HasField("crl")


def test_a_url_that_is_cached_twice_is_the_one_fetched_last(tmp_path):
    later = 133_800_000_000_000_000 + 36_000_000_000
    cached(tmp_path, "AA" * 16, URL, size=1, fetched=later)
    cached(tmp_path, "BB" * 16, URL, size=2)

    (entry,) = url_cache_folder.entries(tmp_path, keep)

    assert entry.size == 1
    assert entry.fetched_at.ToDatetime(dt.UTC) == FETCHED + dt.timedelta(hours=1)


def test_no_cache_is_an_empty_one(tmp_path):
    assert url_cache_folder.entries(tmp_path / "none", keep) == []


def test_files_of_another_form_make_it_unknown(tmp_path):
    cached(tmp_path, "AA" * 16, URL)
    (tmp_path / "MetaData" / "strange").write_bytes(b"Wine cached revocation")

    with pytest.raises(UnavailableError, match="1 of 2 files"):
        url_cache_folder.entries(tmp_path, keep)


def test_what_is_thrown_out_meanwhile_is_no_file_of_another_form(tmp_path, monkeypatch):
    cached(tmp_path, "AA" * 16, URL)
    gone = tmp_path / "MetaData" / ("BB" * 16)
    listed = list((tmp_path / "MetaData").iterdir())
    monkeypatch.setattr(url_cache_folder, "_files", lambda _folder: [*listed, gone])

    assert len(url_cache_folder.entries(tmp_path, keep)) == 1


SECRET = b"-----BEGIN PRIVATE KEY-----\nnobody's business\n-----END PRIVATE KEY-----\n"
DER_KEY = bytes.fromhex("302e020100300506032b657004220420") + bytes(32)  # PKCS #8, which begins as a CRL does


@pytest.mark.parametrize("body", [SECRET, DER_KEY, b"0\x03abc", b"MSCF" + bytes(40)])
def test_what_is_no_answer_about_certificates_stays_on_the_server(tmp_path, body):
    cached(tmp_path, "AB" * 16, URL, body)
    kept = []

    (entry,) = url_cache_folder.entries(tmp_path, kept.append)

    assert (entry.size, entry.body_sha256, kept) == (len(body), b"", [])


@pytest.mark.parametrize("kind", ["symbolic", "hard", "pipe"])
def test_a_link_in_place_of_a_body_is_not_followed(tmp_path, kind):
    """The cache is the account's, and the agent may read more than the account."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(CRL)
    cached(tmp_path, "AB" * 16, URL, size=7)
    place = tmp_path / "Content" / ("AB" * 16)
    if kind == "symbolic":
        place.symlink_to(elsewhere)
    elif kind == "hard":
        place.hardlink_to(elsewhere)
    else:
        os.mkfifo(place)

    (entry,) = url_cache_folder.entries(tmp_path, keep)

    assert (entry.size, entry.body_sha256) == (7, b"")


@pytest.mark.parametrize("part", ["AppData", "AppData/MetaData", "AppData/Content"])
def test_a_folder_that_leads_elsewhere_makes_it_unknown(tmp_path, part):
    profile, elsewhere = tmp_path / "profile", tmp_path / "elsewhere"
    elsewhere.mkdir()
    cached(elsewhere, "AB" * 16, URL, CRL)
    target = elsewhere if part == "AppData" else elsewhere / Path(part).name
    (profile / part).parent.mkdir(parents=True)
    (profile / part).symlink_to(target)

    with pytest.raises(UnavailableError, match="cache-elsewhere"):
        url_cache_folder.entries(profile / "AppData", keep, profile)


def test_a_cache_that_may_not_be_read_is_denied(guarded):
    cached(guarded, "AA" * 16, URL)
    (guarded / "MetaData").chmod(0)

    with pytest.raises(DeniedError):
        url_cache_folder.entries(guarded, keep)
    (guarded / "MetaData").chmod(0o700)


def test_a_flood_of_files_is_no_listing(tmp_path, monkeypatch):
    monkeypatch.setattr(url_cache_folder, "MOST_FILES", 2)
    for at in range(3):
        cached(tmp_path, f"{at:032X}", f"{URL}?{at}")

    with pytest.raises(FailedError, match="too-many-files"):
        url_cache_folder.entries(tmp_path, keep)


def test_bodies_are_read_up_to_a_limit_together(tmp_path, monkeypatch):
    monkeypatch.setattr(url_cache_folder, "MOST_BYTES", len(CRL) * 3 // 2)
    for at in range(2):
        cached(tmp_path, f"{at:032X}", f"{URL}?{at}", CRL, size=20)

    first, second = url_cache_folder.entries(tmp_path, keep)

    assert first.body_sha256
    assert (second.size, second.body_sha256) == (20, b"")


def test_a_folder_in_place_of_a_body_is_no_body(tmp_path):
    cached(tmp_path, "AA" * 16, URL)
    (tmp_path / "Content" / ("AA" * 16)).mkdir()

    assert url_cache_folder.entries(tmp_path, keep)[0].body_sha256 == b""


@pytest.mark.parametrize("url", ["", "no url", "http://a/\n", "x" * 4097 + ":"])
def test_what_is_no_url_is_another_form(url):
    assert url_cache_metadata.read(metadata(url)) is None


@pytest.mark.parametrize("fetched", [0, 1, 2**64 - 1, 200_000_000_000_000_000])
def test_an_implausible_time_is_no_time(fetched):
    read = url_cache_metadata.read(metadata(URL, fetched=fetched))

    assert read is not None
    assert read.fetched is None


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(data):
    url_cache_metadata.read(data)


@given(st.data())
def test_any_damage_is_survived(data):
    whole = bytearray(metadata(URL, etag="0815"))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))

    read = url_cache_metadata.read(bytes(whole[: data.draw(st.integers(0, len(whole)))]))

    assert read is None or read.url.encode()
