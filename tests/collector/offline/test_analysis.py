"""Evidence in, the farm with its findings out."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from farmsight_collector.offline import analysis as module
from farmsight_collector.offline.analysis import UNNAMED, analysed
from farmsight_collector.offline.document import document
from farmsight_collector.offline.opened import goes
from farmsight_collector.offline.reading import Captured, EvidenceError, Request
from farmsight_lab.captured import damage
from farmsight_lab.captured.languages.catalogue import LANGUAGES
from tests.fakes.evidence_folders import NOW, SERVERS, URLACL, WINHTTP, lab, texts, written

HOUR = timedelta(hours=1)


def run(folder, **given):
    """Return all codes with the servers that are named, and the analysis."""
    with analysed(Request(paths=(folder,), roles=given.pop("roles", {}), **given), now=NOW) as found:
        return {(one.rule.code, one.servers) for one in found.picture.evaluation.findings}, found


def farm(scenario, form="article", **style):
    return {f"{one}/{name}": data for one in SERVERS for name, data in lab(scenario, form, **style)[one].items()}


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    return run(written(tmp_path_factory.mktemp("english"), farm("sample")))[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_of_the_servers_makes_no_difference(tmp_path, english, language):
    found, _ = run(written(tmp_path, farm("sample", language=language)))

    assert found == english


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "ansi"])
def test_the_encoding_makes_no_difference(tmp_path, english, encoding):
    found, _ = run(written(tmp_path, farm("sample", language="de", encoding=encoding)))

    assert found == english


def joined(server, between):
    parts = (between.format(name=name) + data.decode("cp437") for name, data in texts_of(server).items())
    return "".join(parts)


def texts_of(server):
    return {name: data for name, data in lab("sample", "article")[server].items() if name.endswith(".txt")}


def test_one_file_of_all_outputs_under_their_names_says_the_same(tmp_path, english):
    files = {f"{one}.txt": joined(one, "==> {name} <==\r\n") for one in SERVERS}
    found, _ = run(written(tmp_path, files))

    assert found == english


def test_damage_that_hides_nothing_changes_nothing(tmp_path, english):
    files = {
        name: damage.mixed_line_ends(data.decode("cp437")) if name.endswith(".txt") else data
        for name, data in farm("sample").items()
    }

    assert run(written(tmp_path, files))[0] == english


@pytest.mark.parametrize("fraction", [0.2, 0.5, 0.8])
def test_files_that_are_cut_off_never_add_a_fault(tmp_path, english, fraction):
    """What is cut away is not known; it is never absent."""
    files = {name: damage.cut(data, fraction) for name, data in farm("sample").items()}
    found, whole = run(written(tmp_path, files))
    known = {code for code, _ in english}

    assert {code for code, _ in found if code not in known} <= set()
    assert whole.picture.evaluation.unknown


def test_a_healthy_farm_cut_off_anywhere_has_no_fault(tmp_path):
    for number, fraction in enumerate((0.15, 0.35, 0.6, 0.85)):
        files = {name: damage.cut(data, fraction) for name, data in farm("healthy").items()}
        with analysed(Request(paths=(written(tmp_path / str(number), files),), roles={}), now=NOW) as found:
            faults = [one for one in found.picture.evaluation.findings if one.severity.word in ("critical", "error")]
        assert [(one.rule.code, one.title) for one in faults] == []


@pytest.mark.parametrize(
    "missing", ["49443.txt", "sslcert.txt", "winhttp.txt", "store_ca.txt", "usercert.txt", "SubCA.txt"]
)
def test_files_that_are_missing_never_add_a_fault(tmp_path, english, missing):
    files = {name: data for name, data in farm("sample").items() if not name.endswith(missing)}
    found, _ = run(written(tmp_path, files))

    assert {code for code, _ in found} <= {code for code, _ in english}


def test_garbage_beside_the_evidence_changes_nothing(tmp_path, english):
    garbage = {f"{one}/{one}_{number}.bin": damage.garbage(5000, number) for number, one in enumerate(SERVERS)}
    found, whole = run(written(tmp_path, farm("sample") | garbage | {"mail.txt": "Dear all\n"}))

    assert found == english
    assert len(whole.leftovers) == len(garbage) + 1


def test_the_name_of_the_farm_is_what_its_evidence_says_and_why(tmp_path):
    _, found = run(written(tmp_path, farm("healthy")))
    _, nameless = run(written(tmp_path / "x", {"WAP01_winhttp.txt": WINHTTP}))
    _, given = run(written(tmp_path / "x", {}), roles={})

    assert found.picture.farm.name == "sts.contoso.test"
    assert "sts.contoso.test" in found.farm_reason or "STS01" in found.farm_reason
    assert (nameless.picture.farm.name, given.picture.farm.name) == (UNNAMED, UNNAMED)


def test_the_instant_is_that_of_the_newest_evidence_or_the_one_given(tmp_path):
    folder = written(tmp_path, {"WAP01_49443.txt": URLACL}, NOW - 5 * HOUR)

    assert run(folder)[1].picture.farm.as_of == NOW - 5 * HOUR
    assert run(folder, at=NOW + HOUR)[1].picture.farm.as_of == NOW + HOUR
    assert run(folder, at=NOW - 9 * HOUR)[1].picture.farm.as_of == NOW - 9 * HOUR  # it does not date itself


def test_evidence_later_than_the_instant_asked_about_is_at_fault(tmp_path):
    folder = written(tmp_path, {"farmsight-WAP01-20261123T100000Z/WAP01_49443.txt": URLACL})

    with pytest.raises(EvidenceError, match="2026-11-23 10:00Z"):
        run(folder, at=NOW - HOUR)


def test_the_store_is_closed_however_it_ends(tmp_path, monkeypatch):
    closed = []
    opened = module.open_store

    def watched(*args, **kw):
        store = opened(*args, **kw)
        monkeypatch.setattr(store, "close", lambda close=store.close: (closed.append(True), close()))
        return store

    monkeypatch.setattr(module, "open_store", watched)
    folder = written(tmp_path, {"WAP01_49443.txt": URLACL})
    with pytest.raises(KeyboardInterrupt), analysed(Request(paths=(folder,), roles={}), now=NOW):
        raise KeyboardInterrupt
    run(folder)

    assert closed == [True, True]


def test_progress_is_told_stage_by_stage(tmp_path):
    seen = []
    folder = written(tmp_path, farm("healthy"))
    with analysed(Request(paths=(folder,), roles={}), now=NOW, progress=lambda *step: seen.append(step)):
        pass

    assert list(dict.fromkeys(stage for stage, _, _ in seen)) == ["looking at files", "reading", "judging"]
    assert [done for stage, done, _ in seen if stage == "reading"] == [1, 2, 3, 4]


def captured(*taken):
    return Captured(name="X", role="", role_reason="", taken=taken, time_source="file", files=())


def test_captures_hours_apart_are_one_go():
    first, second = captured(NOW - 80 * HOUR, NOW), captured(NOW - 75 * HOUR, NOW + HOUR)

    assert [(one.began, one.ended) for one in goes([first, second], NOW + HOUR)] == [
        (NOW - 80 * HOUR, NOW - 75 * HOUR),
        (NOW, NOW + HOUR),
    ]
    assert len(goes([first, second], NOW - 10 * HOUR)) == 1
    assert goes([], NOW) == []


def opened_of(found, code):
    return [one.since for one in found.picture.evaluation.findings if one.rule.code == code]


def test_a_fault_that_was_there_from_the_first_is_dated_by_the_first(tmp_path):
    """Though something else that it rests on changed later."""
    for day in (20, 21, 23):
        files = {f"2026-11-{day}/{name}": data for name, data in farm("sample").items()}
        written(tmp_path, files, NOW - (23 - day) * 24 * HOUR)
    _, found = run(tmp_path)

    assert opened_of(found, "store.issuing-ca-missing") == [NOW - 72 * HOUR]


def test_a_fault_that_came_is_dated_by_the_capture_that_shows_it_first(tmp_path):
    for day, scenario in ((20, "healthy"), (21, "sample"), (23, "sample")):
        files = {f"2026-11-{day}/{name}": data for name, data in farm(scenario).items()}
        written(tmp_path, files, NOW - (23 - day) * 24 * HOUR)
    _, found = run(tmp_path)

    assert opened_of(found, "store.issuing-ca-missing") == [NOW - 48 * HOUR]


def test_texts_of_the_lab_are_what_this_stands_on():
    assert set(texts("WAP01")) <= set(lab("healthy", "article")["WAP01"])


# Whatever is handed in.


def pieces():
    """Return stretches of real outputs, and what is like them and is none."""
    real = [data for server in ("STS01", "WAP01") for data in lab("sample", "article")[server].values()]
    stretches = [one[at : at + 400] for one in real for at in range(0, len(one), 1700)]
    shaped = [
        b"PS C:\\> netsh http show sslcert\r\n", b"CertUtil: -store command completed successfully.\r\n", b"\r\n\r\n",
        b"================ Certificate 0 ================\r\n", b'{"Get-AdfsProperties": ', b"[{", b"}]", b"null",
        b'{"Stores": ["ROOT", "CA"], "Certificates": []}', b'{"Services": [{"Name": "adfssrv"}, {"Name": 5}]}',
        b"\xff\xfe", b"\0\0\0\0CERT", b"-----BEGIN CERTIFICATE-----\n", b"Name : x\r\nEnabled : False\r\n",
        b'{"schema": "farmsight.facts/1", "server": "WAP01", "role": "wap", "probes": [], "facts": [{}]}',
    ]  # fmt: skip
    return stretches + shaped


PIECES = pieces()
NAMES = [
    "WAP01_49443.txt", "WAP01_sslcert.txt", "STS01_adfs.json", "STS01_host.json", "WAP01_store_root.txt", "STS01.txt",
    "WAP01_store_ca.pem", "STS01_x_usercert.txt", "entra.json", "a/b.txt", "x.zip", "WAP01_wap.json", "usercert.cer",
]  # fmt: skip
TREES = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES), max_size=6).map(b"".join)),
    min_size=1,
    max_size=5,
)


@given(TREES)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_tree_of_files_makes_it_fail(tmp_path_factory, tree):
    folder = written(tmp_path_factory.mktemp("tree"), tree)
    with analysed(Request(paths=(folder,), roles={}), now=NOW) as found:
        assert document(found)
        assert not [one for one in found.picture.evaluation.unknown if "the rule failed" in one.verdict.reason]
        failed = [row for one in found.picture.farm.servers for row in one.coverage if row.reason == "probe-failed"]
        assert failed == []


SHAPES = [b"a: b\r\n", b"-----\r\n", b"{", b"}", b": 1,", b"CertUtil: x\r\n", b" \r\n"]
NOISE = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(
        st.binary(max_size=600),
        st.text(max_size=300).map(str.encode),
        st.lists(st.sampled_from(SHAPES), max_size=30).map(b"".join),
    ),
    min_size=1,
    max_size=6,
)


@given(NOISE)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_noise_alone_is_never_a_fault(tmp_path_factory, tree):
    folder = written(tmp_path_factory.mktemp("noise"), tree)
    with analysed(Request(paths=(folder,), roles={}), now=NOW) as found:
        faults = [one for one in found.picture.evaluation.findings if one.severity.word in ("critical", "error")]
        assert [(one.rule.code, one.title) for one in faults] == []
