"""When evidence was taken, by what says so best; and several captures at different times as history."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.evidence import open_evidence
from farmsight_agent.hosts.evidence import copies
from farmsight_agent.hosts.evidence.capture import Capture
from farmsight_agent.hosts.evidence.rounds import newest, rounds
from tests.fakes.evidence_folders import IPLISTEN, NOW, URLACL, WINHTTP, lab, opened, states, texts, written, zipped

DAY = timedelta(days=1)
OLD = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OTHER = URLACL.replace("443/adfs/ ", "49443/adfs/ ")


def capture(file, when=None, *, dated="file", form="netsh-urlacl", about="", account=""):
    return Capture(form=form, file=file, server="WAP01", when=when, dated=dated, about=about, account=account)


def files(goes):
    return [sorted(one.file for one in go.captures) for go in goes]


# The rounds of one server, from captures.


def test_what_lies_in_one_folder_and_is_of_one_day_is_one_round():
    held = [
        capture("a/49443.txt", NOW),
        capture("a/sslcert.txt", NOW + timedelta(hours=2), form="netsh-sslcert"),
        capture("a/root.txt", None, form="certutil-store", about="root"),
    ]
    [go] = rounds("WAP01", held)

    assert go.when == NOW + timedelta(hours=2)
    assert len(go.captures) == 3


def test_stores_accounts_and_certificates_are_different_things():
    held = [
        *(capture(f"a/store_{one}.txt", NOW, form="certutil-store", about=one) for one in ("root", "ca")),
        *(capture(f"a/{one}_usercert.txt", NOW, form="certutil-verify", account=one) for one in ("x", "y")),
        *(capture(f"a/{one}.cer", NOW, form="certificates") for one in ("alice", "bob")),
    ]

    assert len(rounds("WAP01", held)) == 1


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("WAP01_49443_old.txt", "WAP01_49443.txt"),
        ("WAP01_49443.txt", "WAP01_49443 (2).txt"),
        ("WAP01_49443.txt", "WAP01_49443_2.txt"),
        ("WAP01_49443.txt", "WAP01_49443_new.txt"),
        ("WAP01_49443_20261120.txt", "WAP01_49443_20261121.txt"),
        ("WAP01_49443_before.txt", "WAP01_49443_after.txt"),
    ],
)
def test_copies_of_one_file_of_the_same_time_are_ordered_by_what_their_names_say(older, newer):
    held = [capture(name, NOW) for name in (older, newer)]

    assert files(rounds("WAP01", held)) == files(rounds("WAP01", held[::-1])) == [[older], [newer]]


def test_a_files_date_counts_more_than_what_names_say_of_copies():
    held = [capture("WAP01_49443.txt", OLD), capture("WAP01_49443_old.txt", NOW)]

    assert files(rounds("WAP01", held)) == [["WAP01_49443.txt"], ["WAP01_49443_old.txt"]]


@pytest.mark.parametrize(
    "other", ["WAP01_host_old.json", "WAP01_host (2).json", "WAP01_host_20261120.json", "WAP01_host_2.json"]
)
def test_documents_of_two_times_are_never_read_as_one(other):
    held = [capture("WAP01_host.json", NOW, form="sections"), capture(other, NOW, form="sections")]

    assert len(rounds("WAP01", held)) == 2


def test_documents_about_different_things_are_read_together():
    held = [capture(f"WAP01_{one}.json", NOW, form="sections") for one in ("host", "wap")]

    assert len(rounds("WAP01", held)) == 1


def test_folders_of_one_go_are_one_round_and_of_two_days_are_two():
    netsh = capture("WAP01/netsh/urlacl.txt", NOW)
    stores = capture("WAP01/stores/root.txt", NOW + timedelta(minutes=5), form="certutil-store", about="root")
    earlier = capture("WAP01/old/proxy.txt", NOW - DAY, form="netsh-winhttp")

    assert files(rounds("WAP01", [netsh, stores])) == [["WAP01/netsh/urlacl.txt", "WAP01/stores/root.txt"]]
    assert files(rounds("WAP01", [netsh, earlier])) == [["WAP01/old/proxy.txt"], ["WAP01/netsh/urlacl.txt"]]


def test_files_of_one_folder_that_lie_days_apart_are_not_said_to_be_of_one_time():
    held = [capture("a/49443.txt", OLD), capture("a/sslcert.txt", NOW, form="netsh-sslcert")]

    assert [go.when for go in rounds("WAP01", held)] == [OLD, NOW]


def test_what_does_not_date_itself_was_taken_with_what_lies_beside_it_and_does():
    held = [
        capture("a/host.json", OLD, dated="content", form="sections"),
        capture("a/49443.txt", NOW + DAY),
        capture("a/sslcert.txt", None, form="netsh-sslcert"),
    ]
    [go] = rounds("WAP01", held)

    assert (go.when, go.dated) == (OLD, "content")


def test_what_is_older_than_all_that_dates_itself_was_taken_before_it():
    dated = capture("a/host.json", NOW, dated="content", form="sections")

    assert [go.when for go in rounds("WAP01", [dated, capture("a/49443.txt", OLD)])] == [OLD, NOW]


def test_a_date_that_was_lost_is_none(tmp_path):
    lost = datetime(1980, 1, 1, tzinfo=UTC)

    assert opened(tmp_path, {"WAP01.zip": zipped({"urlacl.txt": URLACL}, lost)}).newest is None


def test_a_copys_date_is_not_later_than_the_bound_and_an_own_time_is_left():
    copied, own = capture("a/49443.txt", NOW + DAY), capture("b/host.json", NOW + DAY, dated="content", form="sections")

    assert [go.when for go in rounds("WAP01", [copied], NOW)] == [NOW]
    assert [go.when for go in rounds("WAP01", [own], NOW)] == [NOW + DAY]
    assert [go.when for go in rounds("WAP01", [capture("a", OLD)], NOW)] == [OLD]
    assert [go.when for go in rounds("WAP01", [capture("a")], NOW)] == [NOW]
    assert [go.when for go in rounds("WAP01", [capture("a")])] == [None]


def test_pieces_of_one_file_belong_to_one_round():
    held = [capture("a.txt", NOW), capture("a.txt", NOW), capture("b.txt", OLD)]

    assert files(rounds("WAP01", held)) == [["b.txt"], ["a.txt", "a.txt"]]


def test_the_newest_of_each_thing():
    goes = rounds("WAP01", [capture("a/1.txt", OLD), capture("a/2.txt", OLD, form="x"), capture("b/3.txt", NOW)])

    assert sorted(one.file for one in newest(goes)) == ["a/2.txt", "b/3.txt"]


CAPTURES = st.builds(
    capture,
    st.sampled_from(["a/1.txt", "a/2.txt", "b/1.txt", "b/1_old.txt", "1 (2).txt"]),
    st.one_of(st.none(), st.sampled_from([OLD, NOW, NOW + DAY])),
    dated=st.sampled_from(["content", "stamp", "name", "file"]),
    form=st.sampled_from(["netsh-urlacl", "sections", "certificates"]),
    about=st.sampled_from(["", "ca"]),
)


@given(st.lists(CAPTURES, max_size=12), st.one_of(st.none(), st.just(NOW)))
def test_every_capture_is_in_one_round_whatever_the_order_they_come_in(captures, bound):
    goes = rounds("WAP01", captures, bound)
    shuffled = list(captures)
    random.Random(1).shuffle(shuffled)

    assert sorted(one.file for go in goes for one in go.captures) == sorted(one.file for one in captures)
    times = [go.when for go in goes if go.when is not None]
    assert times == sorted(times)
    assert [go.when for go in rounds("WAP01", shuffled, bound)] == [go.when for go in goes]


# Dates in names.


@pytest.mark.parametrize(
    ("name", "when", "exact"),
    [
        ("farmsight-WAP01-20261123T095800Z", datetime(2026, 11, 23, 9, 58, tzinfo=UTC), True),
        ("2026-11-20", datetime(2026, 11, 20, 12, tzinfo=UTC), False),
        ("2026-11-20_10-15", datetime(2026, 11, 20, 10, 15, tzinfo=UTC), False),
        ("WAP01_49443_20261120", datetime(2026, 11, 20, 12, tzinfo=UTC), False),
        ("20.11.2026", datetime(2026, 11, 20, 12, tzinfo=UTC), False),
        ("2026-02-30", None, None),
        ("49443", None, None),
        ("120261120", None, None),
        ("20261350", None, None),
    ],
)
def test_dates_in_names(name, when, exact):
    assert copies.instant_in(name) == (None if when is None else (when, exact))


@given(st.text(max_size=60))
def test_no_name_makes_them_raise(name):
    copies.instant_in(name)
    copies.turn(name)
    assert len(copies.plain(name, numbers=True)) <= len(name)


# A whole folder.


def host(at):
    return json.dumps({"CollectedAt": at, "ComputerSystem": {"Name": "WAP01"}, "Stores": []})


def test_two_dated_folders_are_history(tmp_path):
    evidence = opened(
        tmp_path, {"2026-11-20/WAP01/urlacl.txt": URLACL, "2026-11-23/WAP01/urlacl.txt": OTHER}, NOW + DAY
    )
    [server] = evidence.servers

    assert [go.when.date().isoformat() for go in server.rounds] == ["2026-11-20", "2026-11-23"]
    assert [go.dated for go in server.rounds] == ["name", "name"]


def test_a_date_in_a_name_is_as_exact_as_the_files_date_where_both_agree(tmp_path):
    written(tmp_path, {"2026-11-20/WAP01_49443.txt": URLACL}, OLD)

    assert open_evidence([tmp_path]).newest == OLD


def test_files_are_not_dated_by_the_name_of_one_beside_them(tmp_path):
    files = {"WAP01_49443.txt": OTHER, "WAP01_49443_20261120.txt": URLACL, "WAP01_winhttp.txt": WINHTTP}
    [server] = opened(tmp_path, files).servers

    assert [(go.when, sorted(one.file for one in go.captures)) for go in server.rounds] == [
        (datetime(2026, 11, 20, 12, tzinfo=UTC), ["WAP01_49443_20261120.txt"]),
        (NOW, ["WAP01_49443.txt", "WAP01_winhttp.txt"]),
    ]


@pytest.mark.parametrize(
    ("name", "data", "when"),
    [
        ("WAP01_host.json", host("2026-11-19T08:00:00Z"), "2026-11-19T08:00:00+00:00"),
        ("WAP01_host.json", host("/Date(1795420800000)/"), "2026-11-23T08:00:00+00:00"),
        ("WAP01_host.json", host("2026-11-19T08:00:00+02:00"), "2026-11-19T06:00:00+00:00"),
        (
            "x.json",
            json.dumps({"schema": "farmsight.facts/1", "server": "WAP01", "role": "wap",
                        "collected_at": "2026-11-18T08:00:00Z", "probes": [], "facts": []}),
            "2026-11-18T08:00:00+00:00",
        ),
    ],
)  # fmt: skip
def test_what_dates_itself_wins_over_the_files_date(tmp_path, name, data, when):
    evidence = opened(tmp_path, {name: data, "WAP01_49443.txt": URLACL}, NOW + 3 * DAY)

    assert evidence.newest.isoformat() == when
    assert len(evidence.servers[0].rounds) == 1


def test_the_scripts_folder_dates_what_is_in_it(tmp_path):
    held = {name: data for name, data in texts("WAP01").items() if name.endswith("49443.txt")}
    folder = opened(tmp_path / "a", {f"farmsight-WAP01-20261119T080000Z/{name}": data for name, data in held.items()})
    archive = opened(tmp_path / "b", {"farmsight-WAP01-20261119T080000Z.zip": zipped(held)})

    assert folder.newest == archive.newest == datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert not [note for note in archive.notes if "time zone" in note]


def test_a_copys_date_does_not_move_the_analysis_into_the_future(tmp_path):
    dated = opened(tmp_path / "a", {"WAP01/host.json": host("2026-11-20T08:00:00Z"), "STS01/urlacl.txt": URLACL}, NOW)
    undated = opened(tmp_path / "b", {"STS01/urlacl.txt": URLACL}, NOW + 9 * DAY, now=NOW)

    assert dated.newest == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert undated.newest == NOW


def test_what_is_given_as_the_time_dates_what_does_not_date_itself(tmp_path):
    files = {"WAP01/host.json": host("2026-11-20T08:00:00Z"), "STS01/urlacl.txt": URLACL}
    evidence = opened(tmp_path, files, NOW + DAY, at=NOW)

    assert [one.rounds[-1].when for one in evidence.servers] == [NOW, datetime(2026, 11, 20, 8, tzinfo=UTC)]


def test_servers_that_were_captured_days_apart_are_noted(tmp_path):
    written(tmp_path, {"WAP01/urlacl.txt": URLACL}, OLD)
    evidence = opened(tmp_path, {"STS01/urlacl.txt": URLACL}, NOW)
    near = opened(tmp_path / "near", {"STS01/urlacl.txt": URLACL, "WAP01/urlacl.txt": URLACL}, NOW)

    assert any("WAP01 was captured 3 days 1 hours before STS01" in note for note in evidence.notes)
    assert not any("before" in note for note in near.notes)


def test_files_of_one_time_and_one_thing_are_noted(tmp_path):
    evidence = opened(tmp_path, {"WAP01_49443.txt": URLACL, "WAP01_49443 (2).txt": OTHER})

    assert (
        "WAP01_49443.txt and WAP01_49443 (2).txt hold the same of one time; WAP01_49443 (2).txt was taken for the later"
        in evidence.notes
    )


def test_the_tenants_answers_of_two_times_are_never_read_as_one(tmp_path):
    tenant = lab("healthy", "script")["STS01"]["entra.json"]
    files = {
        "STS01_49443.txt": URLACL,
        "2026-11-10/entra.json": tenant,
        "2026-11-20/entra.json": b'{"domains": {"value": []}}',
    }
    [server] = opened(tmp_path, files, NOW).servers

    assert [go.when.day for go in server.rounds] == [10, 20, 23]
    assert [go.when for go in server.taken] == [NOW]


def test_an_earlier_round_knows_what_only_it_captured_and_a_later_one_says_that_it_did_not_look(tmp_path):
    files = {"2026-11-20/WAP01/urlacl.txt": URLACL, "2026-11-20/WAP01/iplisten.txt": IPLISTEN,
             "2026-11-23/WAP01/urlacl.txt": OTHER}  # fmt: skip
    evidence = opened(tmp_path, files)

    assert states(evidence, "WAP01", 0)["http-sys/ip-listen"] == ("observed", "")
    assert states(evidence, "WAP01", 1)["http-sys/ip-listen"] == ("unavailable", "file-missing")


def test_the_account_that_one_round_lists_is_known_in_all(tmp_path):
    verified = texts("STS01")["STS01_gmsa-adfs$_usercert.txt"]
    listing = {
        "CollectedAt": "2026-11-20T08:00:00Z",
        "ComputerSystem": {"Name": "STS01"},
        "Contexts": [{"Context": "adfs-service", "Account": "CONTOSO\\svc_adfs", "Sid": "S-1-5-21-1-2-3-4"}],
    }
    files = {
        "2026-11-20/STS01/STS01_host.json": json.dumps(listing),
        "2026-11-23/STS01/STS01_svc_adfs_usercert.txt": verified,
    }
    evidence = opened(tmp_path, files)

    assert states(evidence, "STS01")["retrievals/adfs-service"][0] == "observed"
