"""Zip files from anyone: what is read, what is refused, and that none of them costs more than its bounds."""

import contextlib
import io
import struct
import tracemalloc
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.intake.archives import listing
from farmsight_agent.hosts.evidence.intake.files import EvidenceFile, IntakeLimits, Refused, walk
from farmsight_agent.outcome import FailedError, NotObservedError, UnavailableError
from tests.agent.hosts.intake.zips import Raw, bomb, nested, overlapping, raw_zip, zipped

TEXT = b"Reserved URL : https://+:49443/adfs/\r\n"
MEBIBYTE = 1024 * 1024


@pytest.fixture
def look(tmp_path):
    """Return what walking a zip file of these bytes yields, by name."""

    def look(data, limits=None, name="all.zip"):
        (tmp_path / name).write_bytes(data)
        entries = list(walk([tmp_path / name], limits=limits or IntakeLimits()))
        assert len({one.name for one in entries}) == len(entries)
        return {one.name: one for one in entries}

    return look


def reasons(entries):
    return {name: one.reason for name, one in entries.items() if isinstance(one, Refused)}


def test_the_members_of_a_zip_are_files_below_its_name(look):
    found = look(zipped({"WAP01/WAP01_49443.txt": TEXT, "WAP02/x.txt": b"2", "WAP02/": b""}))

    assert list(found) == ["all.zip/WAP01/WAP01_49443.txt", "all.zip/WAP02/x.txt"]
    first = found["all.zip/WAP01/WAP01_49443.txt"]
    assert (first.folder, first.size, first.read(1000)) == ("all.zip/WAP01", len(TEXT), TEXT)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_packed_and_unpacked_members_are_read(look, compression):
    body = b"".join(b"%d:" % n for n in range(300_000))
    found = look(zipped({"big.txt": body}, compression))

    assert found["all.zip/big.txt"].read(len(body)) == body


def test_a_zip_is_told_by_its_content_and_not_by_its_name(look):
    assert list(look(zipped({"x.txt": TEXT}), name="mail.dat")) == ["mail.dat/x.txt"]
    assert isinstance(look(b"PK, said the letter", name="letter.zip")["letter.zip"], EvidenceFile)


def test_a_document_that_is_a_zip_inside_stays_one_file(look):
    found = look(zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), name="notes.docx")

    assert list(found) == ["notes.docx"]


def test_an_empty_zip_holds_nothing(look):
    assert look(zipped({})) == {}


def test_a_zip_behind_a_stub_with_a_comment_and_bytes_after_it_is_read(look):
    member = Raw(name=b"x.txt", data=TEXT)

    assert look(raw_zip(member, comment=b"sent by mail"))["all.zip/x.txt"].read(99) == TEXT
    assert look(raw_zip(member) + b"\r\n")["all.zip/x.txt"].read(99) == TEXT
    assert look(b"PK\3\4" + bytes(50) + raw_zip(member))["all.zip/x.txt"].read(99) == TEXT


def test_sizes_of_more_than_32_bits_are_read_from_their_field(look):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive, archive.open("x.txt", "w", force_zip64=True) as member:
        member.write(TEXT)
    data = body.getvalue()
    at = data.rindex(b"PK\1\2")
    extra = struct.pack("<2H2Q", 1, 16, len(TEXT), len(TEXT))
    central = bytearray(data[at : data.rindex(b"PK\5\6")])
    struct.pack_into("<2L", central, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", central, 30, len(extra))
    central += extra
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(central), at)
    end += struct.pack("<4sLQL", b"PK\6\7", 0, at + len(central), 1)
    end += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)

    assert look(data[:at] + central + end)["all.zip/x.txt"].read(99) == TEXT


# Time.


def test_the_time_of_a_member_is_the_clock_that_packed_it_unless_its_zone_is_known(look):
    seconds = int(datetime(2026, 3, 1, 9, 30, 11, tzinfo=UTC).timestamp())
    unix = struct.pack("<2HBl", 0x5455, 5, 1, seconds)
    ticks = (seconds + 11_644_473_600) * 10_000_000
    ntfs = struct.pack("<2HL2H3Q", 0x000A, 32, 0, 1, 24, ticks, ticks, ticks)
    found = look(
        raw_zip(
            Raw(name=b"dos.txt"),
            Raw(name=b"unix.txt", extra=unix),
            Raw(name=b"ntfs.txt", extra=struct.pack("<2H", 0x7777, 0) + ntfs),
            Raw(name=b"never.txt", date=1 << 5 | 1, time=0, extra=struct.pack("<2HL2H3Q", 10, 32, 0, 1, 24, 0, 0, 0)),
            Raw(name=b"odd.txt", date=0xFFFF, time=0xFFFF, extra=unix[:7]),
        )
    )

    assert [(one.modified, one.zoned) for one in found.values()] == [
        (datetime(2026, 3, 1, 12, 30, 10, tzinfo=UTC), False),
        (datetime(2026, 3, 1, 9, 30, 11, tzinfo=UTC), True),
        (datetime(2026, 3, 1, 9, 30, 11, tzinfo=UTC), True),
        (None, False),
        (None, False),
    ]


# Names.


@pytest.mark.parametrize(
    ("raw", "flags", "name"),
    [
        (b"WAP01\\store\\x.txt", 0, "WAP01/store/x.txt"),
        (b"/etc/x.txt", 0, "etc/x.txt"),
        (b"C:\\temp\\x.txt", 0, "temp/x.txt"),
        (b"\\\\server\\share\\x.txt", 0, "server/share/x.txt"),
        (b"./a//x.txt", 0, "a/x.txt"),
        (b"a\0b\x1b[31m.txt", 0, "a\ufffdb\ufffd[31m.txt"),
        ("Größe.txt".encode(), 0x800, "Größe.txt"),
        ("Größe.txt".encode(), 0, "Größe.txt"),
        ("Prüfungsgröße.txt".encode("cp850"), 0, "Prüfungsgröße.txt"),
        ("Prüfungsgröße.txt".encode("cp1252"), 0, "Prüfungsgröße.txt"),
        ("証明書ストア一覧.txt".encode("cp932"), 0, "証明書ストア一覧.txt"),
        ("отчёт сервера.txt".encode("cp866"), 0, "отчёт сервера.txt"),
        (b"bad \xff\xfe.txt", 0x800, "bad \ufffd\ufffd.txt"),
        (b"a" * 3000 + b".txt", 0, "a" * 400 + "…" + "a" * 396 + ".txt"),
        ("a\u202egpj.txt".encode(), 0x800, "a\ufffdgpj.txt"),
        ("証明書\u3000一覧.txt".encode(), 0x800, "証明書\u3000一覧.txt"),
    ],
)
def test_names_are_shown_as_their_writer_meant_them_and_stay_below_the_archive(look, raw, flags, name):
    assert list(look(raw_zip(Raw(name=raw, flags=flags)))) == [f"all.zip/{name}"]


@pytest.mark.parametrize("raw", [b"../x.txt", b"a/../../x.txt", b"..\\..\\windows\\x.txt", b"a/.. /x.txt", b".."])
def test_a_name_that_climbs_out_of_the_archive_is_refused(look, raw):
    [refused] = look(raw_zip(Raw(name=raw))).values()

    assert refused.reason == "path-traversal"


def test_members_of_one_name_are_both_read(look):
    found = look(raw_zip(*(Raw(name=b"a.b/x.txt", data=b"%d" % n) for n in range(3))))

    assert {name: one.read(9) for name, one in found.items()} == {
        "all.zip/a.b/x.txt": b"0",
        "all.zip/a.b/x (2).txt": b"1",
        "all.zip/a.b/x (3).txt": b"2",
    }


def test_what_systems_leave_in_archives_is_passed_over(look):
    litter = ["__MACOSX/._x.txt", ".DS_Store", "WAP01/Thumbs.db", "a/desktop.ini", "~$notes.docx", "a/._x"]

    assert list(look(zipped({**dict.fromkeys(litter, b"x"), "x.txt": TEXT}))) == ["all.zip/x.txt"]


# Refusals.


def test_links_and_devices_in_archives_are_refused(look):
    found = look(
        raw_zip(
            Raw(name=b"link", data=b"/etc/shadow", made_by=3, mode=0o120777),
            Raw(name=b"pipe", made_by=3, mode=0o010644),
            Raw(name=b"plain.txt", made_by=3, mode=0o100644),
            Raw(name=b"dos.txt", mode=0o120777),
        )
    )

    assert reasons(found) == {"all.zip/link": "link", "all.zip/pipe": "special-file"}


@pytest.mark.parametrize("member", [Raw(name=b"x.txt", flags=1), Raw(name=b"x.txt", method=99)])
def test_a_member_under_a_password_is_refused(look, member):
    assert reasons(look(raw_zip(member))) == {"all.zip/x.txt": "password-protected"}


@pytest.mark.parametrize(
    ("method", "name"), [(9, "Deflate64"), (12, "bzip2"), (14, "LZMA"), (93, "zstd"), (98, "PPMd"), (77, "method 77")]
)
def test_a_compression_that_is_not_known_is_named(look, method, name):
    [one] = look(raw_zip(Raw(name=b"x.txt", method=method))).values()

    with pytest.raises(FailedError, match=name) as caught:
        one.read(1000)
    assert caught.value.reason == "unsupported-compression"
    assert caught.value.source == "evidence:all.zip/x.txt"


def test_a_bomb_is_refused_unread(look):
    found = look(raw_zip(bomb(60 * MEBIBYTE), Raw(name=b"x.txt")))

    assert reasons(found) == {"all.zip/bomb.txt": "compression-bomb"}
    assert "200" in found["all.zip/bomb.txt"].detail


def test_a_member_over_the_bound_on_files_is_refused_unread(look):
    found = look(zipped({"x.txt": b"abc" * 1000}), limits=IntakeLimits(max_file_bytes=2999))

    assert reasons(found) == {"all.zip/x.txt": "too-large"}
    assert "2999" in found["all.zip/x.txt"].detail


def test_what_all_archives_promise_together_is_bounded(look):
    limits = IntakeLimits(max_unpacked_bytes=100)
    found = look(zipped({"a.txt": bytes(60), "b.txt": bytes(60), "c.txt": b""}), limits=limits)

    assert list(found) == ["all.zip/a.txt", "all.zip"]
    assert reasons(found) == {"all.zip": "archive-too-large"}


def test_what_is_refused_takes_nothing_from_the_bound_of_the_others(look):
    limits = IntakeLimits(max_unpacked_bytes=20 * MEBIBYTE)
    found = look(raw_zip(bomb(30 * MEBIBYTE), Raw(name=b"x.txt", data=TEXT)), limits=limits)

    assert reasons(found) == {"all.zip/bomb.txt": "compression-bomb"}
    assert found["all.zip/x.txt"].read(100) == TEXT


def test_folders_of_an_archive_are_no_entries(look):
    folder = Raw(name=b"WAP01", data=b"", method=0, attributes=0x10)

    assert list(look(raw_zip(folder, Raw(name=b"WAP02\\", data=b""), Raw(name=b"WAP01/x.txt")))) == [
        "all.zip/WAP01/x.txt"
    ]


def test_members_that_share_their_bytes_are_refused(look):
    found = look(overlapping(500))

    assert set(reasons(found).values()) == {"overlapping-members"}
    assert len(found) == 500


def test_a_member_within_another_is_refused_with_it(look):
    outer = Raw(name=b"outer.txt", data=b"x" * 500, method=0)
    found = look(raw_zip(outer, Raw(name=b"inner.txt", offset=100), Raw(name=b"after.txt")))

    assert reasons(found) == {
        "all.zip/outer.txt": "overlapping-members",
        "all.zip/inner.txt": "overlapping-members",
    }


@pytest.mark.parametrize(
    "member",
    [
        Raw(name=b"x.txt", data=TEXT, size=len(TEXT) - 5),
        Raw(name=b"x.txt", data=TEXT, size=len(TEXT) + 5),
        Raw(name=b"x.txt", data=TEXT, size=0),
        Raw(name=b"x.txt", data=TEXT, crc=1),
        Raw(name=b"x.txt", data=TEXT, packed=b"\xff\xff\xff\xff"),
        Raw(name=b"x.txt", data=TEXT, packed=b""),
        Raw(name=b"x.txt", data=TEXT, local_name=b"y.txt"),
        Raw(name=b"x.txt", data=TEXT, offset=0xFFFFFF00),
        Raw(name=b"x.txt", data=TEXT, method=0, size=len(TEXT) - 1),
    ],
)
def test_a_member_that_is_not_what_the_directory_says_is_damaged(look, member):
    found = look(raw_zip(Raw(name=b"first.txt", data=TEXT), member))

    assert found["all.zip/first.txt"].read(100) == TEXT
    with pytest.raises(FailedError, match="damaged-archive"):
        found["all.zip/x.txt"].read(10_000)


def test_a_size_that_lies_costs_no_memory(look):
    """The directory says a kilobyte; the stream unpacks to sixty mebibytes."""
    found = look(raw_zip(replace(bomb(60 * MEBIBYTE), size=1000)))
    tracemalloc.start()
    with pytest.raises(FailedError, match="damaged-archive"):
        found["all.zip/bomb.txt"].read(64 * MEBIBYTE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2 * MEBIBYTE


@pytest.mark.parametrize("cut", [4, 30, 60, -1, -10, -22, -40, -70])
def test_an_archive_cut_off_says_so_and_claims_no_member(look, cut):
    found = look(zipped({"WAP01_49443.txt": TEXT, "b.txt": TEXT})[:cut])

    assert reasons(found) == {"all.zip": "damaged-archive"}


def test_a_directory_that_breaks_off_yields_what_stands_before_and_says_so(look):
    data = bytearray(raw_zip(Raw(name=b"a.txt", data=TEXT), Raw(name=b"b.txt", data=TEXT)))
    second = data.rindex(b"PK\1\2")
    data[second : second + 4] = b"XXXX"

    assert reasons(look(bytes(data))) == {"all.zip": "damaged-archive"}


def test_more_members_than_the_bound_are_refused_before_they_are_read(look):
    limits = IntakeLimits(max_members=10)
    found = look(raw_zip(*(Raw(name=b"%d.txt" % n) for n in range(11))), limits=limits)
    lying = look(raw_zip(*(Raw(name=b"%d.txt" % n) for n in range(11)), count=1), limits=limits)

    assert reasons(found) == reasons(lying) == {"all.zip": "too-many-members"}
    assert "10" in found["all.zip"].detail


def test_other_kinds_of_archive_are_named_with_what_to_do(look):
    for head, kind in ((b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07\0", "rar"), (b"\x1f\x8b\x08\0", "gzip")):
        inside = look(zipped({"a.bin": head + bytes(90)}))
        outside = look(head + bytes(90), name="a.bin")
        for one in (inside["all.zip/a.bin"], outside["a.bin"]):
            assert one.reason == "archive-kind"
            assert one.detail == f"{kind}: unpack it and give the folder"
    assert look(bytes(257) + b"ustar\x0000" + bytes(400), name="a.bin")["a.bin"].reason == "archive-kind"
    assert look(b"MSCF\0\0\0\0" + bytes(400), name="a.bin")["a.bin"].reason == "archive-kind"


# Archives within archives.


def test_a_zip_within_a_zip_is_read_and_a_third_is_refused(look):
    assert look(nested(2, TEXT))["all.zip/inner0.zip/WAP01/WAP01_49443.txt"].read(100) == TEXT
    assert reasons(look(nested(3, TEXT))) == {"all.zip/inner1.zip/inner0.zip": "archive-depth"}
    deeper = look(nested(4, TEXT), limits=IntakeLimits(max_archive_depth=4))
    assert deeper["all.zip/inner2.zip/inner1.zip/inner0.zip/WAP01/WAP01_49443.txt"].read(100) == TEXT


def test_members_of_two_inner_archives_are_read_in_any_order(look):
    inner = {f"WAP0{n}.zip": zipped({"a.txt": b"a%d" % n, "b.txt": b"b%d" % n}) for n in (1, 2)}
    found = look(zipped(inner))
    names = ["WAP01.zip/a.txt", "WAP02.zip/a.txt", "WAP01.zip/b.txt", "WAP02.zip/b.txt", "WAP01.zip/a.txt"]

    assert [found[f"all.zip/{name}"].read(9) for name in names] == [b"a1", b"a2", b"b1", b"b2", b"a1"]


def test_a_document_in_an_inner_archive_is_a_file_there(look):
    inner = zipped({"notes.docx": zipped({"[Content_Types].xml": b"<x/>"}), "x.txt": TEXT})

    assert list(look(zipped({"in.zip": inner}))) == ["all.zip/in.zip/notes.docx", "all.zip/in.zip/x.txt"]


def test_an_inner_archive_that_is_damaged_is_named(look):
    cut = zipped({"x.txt": TEXT})[:-10]

    assert reasons(look(zipped({"in.zip": cut, "x.txt": TEXT}))) == {"all.zip/in.zip": "damaged-archive"}


def test_a_bomb_of_bombs_is_refused(look):
    inner = raw_zip(*(bomb(20 * MEBIBYTE, b"%d.txt" % n) for n in range(16)))
    found = look(zipped({f"{n}.zip": inner for n in range(4)}))

    assert set(reasons(found).values()) == {"compression-bomb"}


def test_a_zip_that_holds_itself_ends(look, monkeypatch):
    """Such files exist: unpacked, their only member is the file again, to every depth."""
    itself = zipped({"again.zip": b"x" * 500})
    monkeypatch.setattr(listing.members, "head", lambda file, member, name, length: itself[:length])
    monkeypatch.setattr(listing.members, "read", lambda file, member, name, limit: itself)
    for depth in (1, 2, 5):
        found = look(itself, limits=IntakeLimits(max_archive_depth=depth))
        assert reasons(found) == {"all.zip" + "/again.zip" * depth: "archive-depth"}


@pytest.mark.timeout(60)
def test_a_hundred_thousand_tiny_members_are_walked(look):
    members = [Raw(name=b"%d.txt" % n, data=b"x", method=0) for n in range(100_000)]
    found = look(raw_zip(*members), limits=IntakeLimits(max_files=200_000))

    assert len(found) == 100_000


# State, and the file changing under us.


def test_the_state_of_a_member_changes_with_its_content(look):
    one, same, other = (look(zipped({"x.txt": data}))["all.zip/x.txt"].state[-2:] for data in (b"one", b"one", b"two"))

    assert one == same != other


def test_an_archive_that_is_gone_or_was_replaced_is_said_to_be(look, tmp_path):
    one = look(zipped({"x.txt": TEXT}))["all.zip/x.txt"]
    (tmp_path / "all.zip").write_bytes(b"something else altogether" * 20)
    with pytest.raises(FailedError, match="damaged-archive"):
        one.read(1000)
    (tmp_path / "all.zip").unlink()
    with pytest.raises(UnavailableError, match="file-missing"):
        one.read(1000)


# Any bytes.


def everything(tmp_path, data):
    """Walk, and read whatever there is; nothing but a NotObservedError may come."""
    path = tmp_path / "any.zip"
    path.write_bytes(data)
    total = 0
    for entry in walk([path], limits=IntakeLimits(max_unpacked_bytes=64 * MEBIBYTE, max_file_bytes=MEBIBYTE)):
        assert entry.name.startswith("any.zip")
        assert ".." not in entry.name.split("/") or isinstance(entry, Refused)
        if isinstance(entry, EvidenceFile):
            with contextlib.suppress(NotObservedError):
                total += len(entry.read(MEBIBYTE))
    assert total <= 64 * MEBIBYTE


HOSTILE = [
    zipped({"WAP01/x.txt": TEXT, "y.zip": zipped({"z.txt": TEXT})}),
    raw_zip(Raw(name=b"a", extra=struct.pack("<2H", 1, 8) + bytes(8)), Raw(name=b"\xff", flags=0x800)),
    overlapping(5, 500),
]


@settings(max_examples=200)
@given(
    st.sampled_from(HOSTILE),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=6),
    st.integers(0, 2000),
)
def test_a_zip_with_any_bytes_changed_gives_files_or_reasons(tmp_path_factory, data, changes, cut):
    body = bytearray(data)
    for at, byte in changes:
        body[at % len(body)] = byte
    everything(tmp_path_factory.mktemp("any"), bytes(body[: max(len(body) - cut, 0)] if cut % 3 == 0 else body))


@given(st.binary(max_size=300))
def test_any_bytes_behind_the_mark_of_a_zip_give_a_reason(tmp_path_factory, data):
    everything(tmp_path_factory.mktemp("any"), b"PK\x03\x04" + data)
    everything(tmp_path_factory.mktemp("any"), b"PK\x03\x04" + data + b"PK\x05\x06" + data)
