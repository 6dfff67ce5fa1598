"""What lies in folders: files to read, what is refused, and in which order."""

import errno
import os
import socket
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.intake import files
from farmsight_agent.hosts.evidence.intake.files import IntakeError, IntakeLimits, Refused, walk
from farmsight_agent.hosts.evidence.intake.limits import looks_binary
from farmsight_agent.outcome import DeniedError, FailedError, UnavailableError
from tests.agent.hosts.intake.consoles import CONSOLES, typed
from tests.agent.hosts.intake.zips import zipped

TEXT = b"Listen: Yes\r\n"


@pytest.fixture
def lay(tmp_path):
    """Write files below a folder and return it."""

    def lay(*names, data=TEXT, into="evidence"):
        folder = tmp_path / into
        folder.mkdir(exist_ok=True)
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder

    return lay


def names(*paths, **limits):
    return [one.name for one in walk(paths, limits=IntakeLimits(**limits))]


def refused(*paths, **limits):
    return {one.name: one.reason for one in walk(paths, limits=IntakeLimits(**limits)) if isinstance(one, Refused)}


def test_the_files_of_a_folder_come_in_one_order_with_names_below_it(lay):
    folder = lay("WAP02/b.txt", "WAP01/WAP01_49443.txt", "a.txt", "WAP01/stores/root.pem")

    assert names(folder) == ["WAP01/WAP01_49443.txt", "WAP01/stores/root.pem", "WAP02/b.txt", "a.txt"]
    assert [one.folder for one in walk([folder])] == ["WAP01", "WAP01/stores", "WAP02", ""]


def test_a_file_tells_its_size_time_and_content(lay):
    folder = lay("a.txt")
    os.utime(folder / "a.txt", (1_772_366_400.5, 1_772_366_400.5))
    [one] = walk([folder])

    assert (one.size, one.read(100)) == (len(TEXT), TEXT)
    assert (one.modified, one.zoned) == (datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC), True)


def test_a_file_given_by_itself_bears_its_own_name(lay):
    assert names(lay("a.txt") / "a.txt") == ["a.txt"]


def test_of_several_paths_each_one_s_name_stands_in_front(lay):
    first, second = lay("WAP01/a.txt", into="x"), lay("WAP01/a.txt", "WAP02/a.txt", into="y")

    assert names(first / "WAP01", second / "WAP02") == ["WAP01/a.txt", "WAP02/a.txt"]
    assert names(first / "WAP01", second / "WAP01") == ["x/WAP01/a.txt", "y/WAP01/a.txt"]
    assert names(first, second / "WAP02" / "a.txt") == ["x/WAP01/a.txt", "a.txt"]


def test_what_is_given_twice_is_yielded_once(lay):
    folder = lay("WAP01/a.txt", "b.txt")

    assert names(folder, folder) == ["WAP01/a.txt", "b.txt"]
    assert names(folder / "WAP01", folder, folder / "b.txt") == ["WAP01/a.txt", "evidence/b.txt"]


def test_a_folder_given_as_here_is_walked(lay, monkeypatch):
    monkeypatch.chdir(lay("a.txt"))

    assert names(Path()) == ["a.txt"]


def test_zips_in_folders_are_looked_into(lay):
    folder = lay("b.txt")
    (folder / "WAP01.zip").write_bytes(zipped({"WAP01_49443.txt": TEXT}))

    assert names(folder) == ["WAP01.zip/WAP01_49443.txt", "b.txt"]


def test_what_operating_systems_leave_is_passed_over(lay):
    folder = lay(".DS_Store", "a/Thumbs.db", "desktop.ini", "__MACOSX/x.txt", "~$x.docx", "._x", "x:Zone.Identifier")

    assert names(folder) == []


def test_a_path_that_is_not_there_is_an_error_with_a_next_step(tmp_path):
    missing = tmp_path / "gone"
    with pytest.raises(IntakeError) as caught:
        walk([missing])

    assert caught.value.path == missing
    assert caught.value.cause == "there is no such file or folder"
    assert str(missing) in str(caught.value)
    assert caught.value.next_step


# Links and special files.


def test_a_link_inside_yields_its_file_once_and_one_outside_is_refused(lay, tmp_path):
    folder = lay("WAP01/a.txt")
    outside = lay("secret.txt", into="outside")
    (folder / "again.txt").symlink_to(folder / "WAP01" / "a.txt")
    (folder / "all").symlink_to(folder / "WAP01")
    (folder / "relative").symlink_to("WAP01/a.txt")
    (folder / "out").symlink_to(outside)
    (folder / "out.txt").symlink_to("../outside/secret.txt")
    (folder / "gone").symlink_to(folder / "nowhere")

    assert names(folder) == ["WAP01/a.txt", "gone", "out", "out.txt"]
    assert refused(folder) == {"gone": "link", "out": "link", "out.txt": "link"}


def test_links_that_go_round_end(lay):
    folder = lay("a/b/c.txt")
    (folder / "a" / "b" / "up").symlink_to(folder / "a")
    (folder / "a" / "self").symlink_to("self")
    (folder / "ping").symlink_to("pong")
    (folder / "pong").symlink_to("ping")

    assert [one for one in names(folder) if one.endswith(".txt")] == ["a/b/c.txt"]


def test_a_link_that_is_given_itself_is_followed(lay, tmp_path):
    (tmp_path / "link").symlink_to(lay("a.txt"))

    assert names(tmp_path / "link") == ["a.txt"]


def test_pipes_and_sockets_are_refused_and_never_opened(lay, monkeypatch):
    folder = lay("a.txt")
    os.mkfifo(folder / "pipe")
    server = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(folder)  # the name of a socket is short
    server.bind("socket")
    server.close()

    assert refused(folder) == {"pipe": "special-file", "socket": "special-file"}
    assert refused(folder / "pipe") == {"pipe": "special-file"}


def test_what_takes_a_file_s_place_after_it_was_listed_is_not_followed(lay):
    folder = lay("a.txt", "b.txt", "c.txt")
    lay("secret.txt", into="outside")
    link, pipe, gone = walk([folder])
    for name in ("a.txt", "b.txt", "c.txt"):
        (folder / name).unlink()
    (folder / "a.txt").symlink_to("../outside/secret.txt")
    os.mkfifo(folder / "b.txt")

    with pytest.raises(FailedError, match="link"):
        link.read(100)
    with pytest.raises(FailedError, match="special-file"):
        pipe.read(100)
    with pytest.raises(UnavailableError, match="file-missing") as caught:
        gone.read(100)
    assert caught.value.source == "evidence:c.txt"


# Rights.


def test_a_file_that_may_not_be_read_is_listed_and_says_so_when_it_is_read(lay, monkeypatch):
    folder = lay("a.txt")

    def denied(path, flags):
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(files.os, "open", denied)
    [one] = walk([folder])

    with pytest.raises(DeniedError, match="file-not-readable"):
        one.read(100)


def test_a_folder_that_may_not_be_read_is_refused_and_the_rest_is_walked(lay, monkeypatch):
    folder = lay("a/x.txt", "b/y.txt")
    scandir = os.scandir

    def denied(path):
        if Path(path).name == "a":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(files.os, "scandir", denied)

    assert names(folder) == ["a", "b/y.txt"]
    assert refused(folder) == {"a": "folder-not-readable"}


# Bounds.


def test_a_file_over_the_bound_is_refused_unread(lay, monkeypatch):
    folder = lay("small.txt")
    with (folder / "garbage.txt").open("wb") as file:
        file.truncate(200 * 1024 * 1024)

    assert refused(folder) == {"garbage.txt": "too-large"}


def test_a_file_over_the_limit_of_its_reader_is_refused(lay):
    [one] = walk([lay("a.txt")])

    assert one.read(len(TEXT)) == TEXT
    with pytest.raises(FailedError, match="too-large"):
        one.read(len(TEXT) - 1)


def test_a_file_that_grows_while_it_is_read_is_read_to_its_end_and_no_further_than_the_limit(lay, monkeypatch):
    [one] = walk([lay("a.txt")])
    really = os.fstat

    def earlier(handle):
        status = really(handle)
        return os.stat_result((*status[:6], len(TEXT) - 5, *status[7:10]))

    monkeypatch.setattr(files.os, "fstat", earlier)
    assert one.read(len(TEXT)) == TEXT
    with pytest.raises(FailedError, match="too-large"):
        one.read(len(TEXT) - 1)


def test_reading_a_small_file_takes_no_memory_for_a_large_one(lay):
    [one] = walk([lay("a.txt")])
    tracemalloc.start()
    one.read(IntakeLimits().max_file_bytes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1024 * 1024


def test_more_files_than_the_bound_are_named_and_no_more_are_looked_at(lay):
    folder = lay(*(f"{n:02}.txt" for n in range(20)))

    assert names(folder, max_files=5) == ["00.txt", "01.txt", "02.txt", "03.txt", "04.txt", "05.txt"]
    assert refused(folder, max_files=5) == {"05.txt": "too-many-files"}


def test_more_folders_than_the_bound_end_the_walk_as_well(lay):
    folder = lay()
    for n in range(20):
        (folder / str(n)).mkdir()

    assert list(refused(folder, max_files=5).values()) == ["too-many-files"]


def test_folders_are_looked_at_to_a_depth(lay):
    folder = lay("1/2/3/x.txt", "y.txt")

    assert refused(folder, max_depth=2) == {"1/2": "too-deep"}
    assert names(folder, max_depth=4) == ["1/2/3/x.txt", "y.txt"]


# Names and state.


def test_names_in_the_bytes_of_a_code_page_are_read(lay):
    folder = lay()
    (Path(os.fsdecode(os.fsencode(folder) + b"/" + "Sperrüberprüfung.txt".encode("cp850")))).write_bytes(TEXT)
    [one] = walk([folder])

    assert one.name == "Sperrüberprüfung.txt"
    assert one.read(100) == TEXT


def test_files_whose_names_are_shown_alike_are_both_yielded(lay):
    folder = lay("a\x01.txt", "a\x02.txt")

    assert names(folder) == ["a\ufffd.txt", "a\ufffd (2).txt"]


def test_the_state_differs_when_the_content_may_differ(lay):
    folder = lay("a.txt")
    [before] = walk([folder])
    [again] = walk([folder])
    os.utime(folder / "a.txt", ns=(1, 1))
    [after] = walk([folder])

    assert before.state == again.state != after.state


@pytest.mark.parametrize("console", CONSOLES, ids=lambda one: one.language)
def test_no_text_in_any_language_and_encoding_looks_binary(console):
    for encoding in dict.fromkeys(("utf-8", "utf-16", "utf-16-le", "utf-16-be", console.oem, console.ansi)):
        assert not looks_binary(typed(console.text, encoding).encode(encoding)[:1024])


@pytest.mark.parametrize(
    "head",
    [
        bytes(1024),
        bytes(n * 167 % 251 for n in range(1024)),
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"MZ\x90\0\3\0\0\0",
        b"\x89PNG\r\n\x1a\n",
        b"ElfFile\0" + bytes(200),
        b"\x30\x82\x05\x10\x30\x82\x03\xf8\xa0\x03\x02\x01\x02\x02\x10" + bytes(range(200)) * 3,
    ],
)
def test_what_is_no_text_looks_binary(head):
    assert looks_binary(head)


def test_an_empty_or_a_short_file_is_text():
    assert not any(looks_binary(one) for one in (b"", b"a", b"Ja\r\n", "Ja\r\n".encode("utf-16-le"), b"MZ: a text"))


TREE = st.lists(st.sampled_from(["a", "b.txt", "c/d.txt", "~$x", "e.zip", "c/f/g.txt"]), unique=True)


@given(TREE, st.binary(max_size=99))
def test_any_tree_is_walked_the_same_way_twice(tmp_path_factory, tree, data):
    folder = tmp_path_factory.mktemp("tree")
    for name in tree:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    assert names(folder) == names(folder) == sorted(one for one in tree if one != "~$x")
