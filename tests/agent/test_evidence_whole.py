"""Evidence as a whole: what a farm's files come to, report by report."""

import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from farmsight_agent import evidence as module
from farmsight_agent.evidence import open_evidence
from farmsight_lab.captured import damage
from farmsight_lab.captured.outputs import outputs
from farmsight_lab.captured.plan import Plan
from farmsight_wire.v1 import digests, telemetry_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, OUTCOME_NAMES, kind_of
from tests.fakes.evidence_folders import (
    IPLISTEN,
    NOW,
    SERVERS,
    URLACL,
    WINHTTP,
    lab,
    opened,
    reasons,
    states,
    texts,
    whose,
    written,
    zipped,
)
from tests.lab.captured_farms import farm_of


def farm(scenario="sample", form="both", **style):
    return {f"{one}/{name}": data for one in SERVERS for name, data in lab(scenario, form, **style)[one].items()}


def told(evidence, *, sources=False):
    """Return every fact of every server, by kind, context and key, without where it was read."""
    found = {}
    for server in evidence.servers:
        for go in server.rounds:
            for report in evidence.reported(server, go).reports:
                for entry in report.facts:
                    fact = type(entry.fact)()
                    fact.CopyFrom(entry.fact)
                    if not sources:
                        fact.ClearField("source")
                    key = (server.name, kind_of(fact).name, CONTEXT_NAMES[fact.context], fact.key)
                    found[key] = fact.SerializeToString(deterministic=True)
    return found


@pytest.fixture(scope="module")
def article(tmp_path_factory):
    return told(opened(tmp_path_factory.mktemp("article"), farm(form="article")))


# The same files in other places say the same.


def test_a_farm_says_the_same_flat_in_folders_and_in_zips(tmp_path, article):
    files = farm(form="article")
    flat = {name.rpartition("/")[2]: data for name, data in files.items()}
    by_zip = {
        f"{one}.zip": zipped({n.partition("/")[2]: d for n, d in files.items() if n.startswith(one)}) for one in SERVERS
    }

    assert told(opened(tmp_path / "flat", flat)) == article
    assert told(opened(tmp_path / "zips", by_zip)) == article
    assert told(opened(tmp_path / "zip", {"all.zip": zipped(files)})) == article
    assert told(opened(tmp_path / "deep", {f"a/b/{name}": data for name, data in files.items()})) == article


def test_paths_given_one_by_one_say_the_same_as_the_folder(tmp_path, article):
    written(tmp_path, farm(form="article"))

    assert told(open_evidence([tmp_path / one for one in SERVERS])) == article
    assert told(open_evidence(sorted(path for path in tmp_path.rglob("*") if path.is_file()))) == article


PLAIN = {"49443.txt": "urlacl.txt", "sslcert.txt": "bindings.txt", "winhttp.txt": "proxy_settings.txt",
         "store_root.txt": "root.txt", "store_ca.txt": "ca.txt", "store_my.txt": "my.txt"}  # fmt: skip


def test_plain_names_in_a_servers_folder_say_the_same(tmp_path, article):
    files = {}
    for name, data in farm(form="article").items():
        folder, base = name.split("/")
        rest = base.removeprefix(f"{folder}_")
        files[f"{folder}/{PLAIN.get(rest, rest)}"] = data
    found = told(opened(tmp_path, files))

    assert found == article


@pytest.mark.parametrize("prompt", [damage.POWERSHELL, damage.COMMAND_PROMPT, "[{server}]: PS C:\\> "])
def test_a_transcript_of_each_server_holds_what_its_files_hold(tmp_path, prompt):
    farm_ = farm_of("sample")
    files, alone = {}, {}
    for name in SERVERS:
        held = [one for one in outputs(farm_, farm_.servers[name], Plan(form="article")) if not one.powershell]
        held = [one for one in held if "certutil" not in one.command or "store" in one.command]
        text = damage.transcript(held, prompt.format(server=name))
        files[f"{name}.txt" if "{server}" not in prompt else f"session of {name[-1]} {name[0]}.txt"] = text
        alone |= {f"{name}/{name}_{one.name}": one.text for one in held}

    assert told(opened(tmp_path / "a", files)) == told(opened(tmp_path / "b", alone))


# What is there, what is not, and what cannot be read.


def test_every_probe_reports_and_nothing_is_absent_that_nobody_looked_at(tmp_path):
    found = states(opened(tmp_path, {"WAP01_49443.txt": URLACL}), "WAP01")

    assert found["http-sys/url-reservation"] == ("observed", "")
    assert {outcome for name, (outcome, _) in found.items() if name != "http-sys/url-reservation"} <= {
        "unavailable",
        "not_applicable",
    }
    absent = {name.split("/")[0] for name, (outcome, _) in found.items() if outcome == "not_applicable"}
    assert absent == {"adfs", "entra", "given-certificates", "chain-verdicts"}


def part_of(report):
    return "/".join(filter(None, (report.probe, report.part, CONTEXT_NAMES[report.context])))


UNREADABLE = {
    "cut off": lambda data: data[: len(data) // 3],
    "other text": lambda _data: b"Zugriff verweigert\r\n",
    "nothing": lambda _data: b"",
    "binary": lambda _data: damage.garbage(4000, 5),
    "too large": lambda _data: b"x y z\r\n" * 1_300_000,
    "a private key": lambda data: data + b"-----BEGIN PRIVATE KEY-----\r\nMIIE\r\n-----END PRIVATE KEY-----\r\n",
}
PARTS = {
    "WAP01_49443.txt": "http-sys/url-reservation",
    "WAP01_sslcert.txt": "http-sys/tls-binding",
    "WAP01_winhttp.txt": "proxy-settings/system",
    "WAP01_store_root.txt": "certificate-stores/ROOT",
    "WAP01_WAP01$_usercert.txt": "chain-verdicts/system",
}


@pytest.mark.parametrize(
    ("name", "damaged"), [(n, d) for n in PARTS for d in UNREADABLE if not (d == "cut off" and "usercert" in n)]
)
def test_a_file_that_cannot_be_read_leaves_its_part_failed_and_never_absent(tmp_path, name, damaged):
    data = UNREADABLE[damaged](texts("WAP01")[name])
    evidence = opened(tmp_path, {name: data, "WAP01_iplisten.txt": IPLISTEN})
    [server] = evidence.servers
    reports = evidence.reported(server, server.rounds[-1]).reports
    [report] = [one for one in reports if part_of(one) == PARTS[name]]

    assert not report.fact_count
    assert OUTCOME_NAMES[report.outcome] in ("failed", "unavailable")
    assert report.reason not in ("", "file-missing", "not-collected")
    assert name in report.source
    assert name in report.detail
    assert states(evidence, "WAP01")["http-sys/ip-listen"] == ("observed", "")


def test_of_a_verification_that_is_cut_off_what_it_says_counts_and_that_it_ends_is_said(tmp_path):
    data = texts("WAP01")["WAP01_WAP01$_usercert.txt"]
    evidence = opened(tmp_path, {"WAP01_WAP01$_usercert.txt": data[: len(data) // 3]})
    [server] = evidence.servers

    [said] = evidence.reported(server, server.rounds[-1]).troubles
    assert said.startswith("truncated: WAP01_WAP01$_usercert.txt:")


def test_a_file_in_a_zip_that_asks_for_a_password_is_its_part_failed(tmp_path):
    path = tmp_path / "WAP01.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("WAP01_49443.txt", URLACL)
        archive.writestr("WAP01_winhttp.txt", WINHTTP)
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    path.write_bytes(bytes(data))
    evidence = open_evidence([path])

    assert reasons(evidence) == {"WAP01.zip/WAP01_49443.txt": "password-protected"}
    assert states(evidence, "WAP01")["http-sys/url-reservation"] == ("failed", "password-protected")
    assert states(evidence, "WAP01")["proxy-settings/system"] == ("observed", "")


@pytest.mark.parametrize("damaged", UNREADABLE)
def test_what_cannot_be_read_beside_another_source_is_said(tmp_path, damaged):
    files = dict(lab("healthy", "script")["WAP01"])
    files["WAP01_store_root.txt"] = UNREADABLE[damaged](texts("WAP01")["WAP01_store_root.txt"])
    evidence = opened(tmp_path, files)
    [server] = evidence.servers
    reported = evidence.reported(server, server.rounds[-1])

    assert states(evidence, "WAP01")["certificate-stores/ROOT"] == ("observed", "")
    assert any("WAP01_store_root.txt" in one for one in reported.troubles)


def test_an_entra_file_that_cannot_be_read_is_not_a_tenant_without_settings(tmp_path):
    evidence = opened(
        tmp_path, {"STS01_49443.txt": URLACL, "entra.json": '{"certificateBasedAuthConfiguration": {"val'}
    )
    found = states(evidence, "STS01")

    assert {found[name][0] for name in found if name.startswith("entra")} == {"failed"}


def test_a_server_of_unknown_role_is_asked_nothing_and_nothing_is_said_not_to_apply(tmp_path):
    found = states(opened(tmp_path, {"FILER_49443.txt": URLACL}), "FILER")

    assert set(found.values()) == {("unavailable", "role-unknown")}


def test_what_is_nobodys_is_reported_once_with_an_ad_fs_node(tmp_path):
    files = {
        "WAP01_49443.txt": URLACL,
        "STS01_49443.txt": URLACL,
        "entra.json": lab("healthy", "script")["STS01"]["entra.json"],
    }
    evidence = opened(tmp_path, files)
    observed = [
        name for name in ("STS01", "WAP01")
        for state, (outcome, _) in states(evidence, name).items()
        if state.startswith("entra") and outcome == "observed"
    ]  # fmt: skip

    assert set(observed) == {"STS01"}


def test_the_tenant_stands_for_itself_where_no_server_can_speak(tmp_path):
    tenant = {"entra.json": lab("healthy", "script")["STS01"]["entra.json"]}
    alone, beside = opened(tmp_path / "a", tenant), opened(tmp_path / "b", tenant | {"FILER_49443.txt": URLACL})

    assert [one.name for one in alone.servers] == ["TENANT"]
    assert [one.name for one in beside.servers] == ["FILER", "TENANT"]
    for evidence in (alone, beside):
        assert states(evidence, "TENANT")["entra/authorities"] == ("observed", "")


def test_a_fault_of_one_reader_does_not_silence_the_others(tmp_path, monkeypatch):
    def broken(*_args):
        raise RuntimeError("a bug")

    monkeypatch.setattr("farmsight_agent.hosts.evidence.netsh.urlacl.parse", broken)
    found = states(opened(tmp_path, {"WAP01_49443.txt": URLACL, "WAP01_winhttp.txt": WINHTTP}), "WAP01")

    assert ("failed", "probe-failed") in found.values()
    assert found["proxy-settings/system"] == ("observed", "")


def test_two_facts_of_one_name_are_said_and_not_sent(tmp_path, monkeypatch):
    real = module.reporting.full_report

    def refusing(probe, part, **more):
        if part.facts and probe.id == "http-sys":
            raise ValueError("two facts of one name")
        return real(probe, part, **more)

    monkeypatch.setattr(module.reporting, "full_report", refusing)
    found = states(opened(tmp_path, {"WAP01_49443.txt": URLACL}), "WAP01")

    assert found["http-sys/url-reservation"] == ("failed", "not-reportable")


# Reports are those of an agent.


def test_reports_are_dated_sound_and_carry_their_bytes(tmp_path):
    evidence = opened(tmp_path, farm())
    for server in evidence.servers:
        reported = evidence.reported(server, server.rounds[-1])
        for report in reported.reports:
            assert report.started.ToDatetime(tzinfo=NOW.tzinfo) == NOW
            assert report.full
            assert report.fact_count == len(report.facts)
            assert all(entry.digest == digests.fact_digest(entry.fact) for entry in report.facts)
            assert all(entry.fact.source.startswith("evidence:") for entry in report.facts), report.probe
        assert reported.blobs


def test_sources_are_files_that_are_there_with_lines_that_they_have(tmp_path):
    files = farm()
    evidence = opened(tmp_path, files)
    for server in evidence.servers:
        for report in evidence.reported(server, server.rounds[-1]).reports:
            for entry in report.facts:
                name, _, line = entry.fact.source.removeprefix("evidence:").rpartition(":")
                name, line = (name, int(line)) if name in files else (entry.fact.source.removeprefix("evidence:"), 1)
                assert name in files, entry.fact.source
                assert 1 <= line <= files[name].count(b"\n") + files[name].count(b"\r") + 2


def test_nothing_is_run_twice_and_every_file_is_looked_at_once(tmp_path):
    seen = []
    written(tmp_path, farm())
    open_evidence([tmp_path], progress=seen.append)

    assert len(seen) == len(set(seen)) == len(farm())


# Hostile.

RECORDED = (
    b'{"schema": "farmsight.facts/1", "server": "WAP01", "role": "wap", "probes": [{"probe": "http-sys", '
    b'"outcome": "observed"}], "facts": [{"kind": "url-reservation", "key": "x", "value": {"url": 5}}]}'
)
HOSTILE = {
    "deep json": ("WAP01_host.json", b"[" * 100_000),
    "deep object": ("WAP01_host.json", b'{"a":' * 50_000),
    "huge number": ("WAP01_host.json", b'{"Services": [{"Name": ' + b"9" * 5000 + b"}]}"),
    "surrogates": (
        "WAP01_host.json",
        b'{"ComputerSystem": {"Name": "\\ud800"}, "Services": [], "Stores": ["\\udfff"]}',
    ),
    "nulls": ("WAP01_host.json", b'{"ComputerSystem": null, "Services": [null], "Contexts": null, "Errors": null}'),
    "scalars": ("WAP01_host.json", b'{"ComputerSystem": 1, "Services": "x", "Contexts": true, "Stores": {"a": 1}}'),
    "names": ("WAP01_host.json", json.dumps({"ComputerSystem": {"Name": "../../etc"}, "Services": []}).encode()),
    "a recorded file": ("x.json", b'{"schema": "farmsight.facts/1", "server": [], "probes": {}, "facts": 3}'),
    "a recorded fact": ("x.json", RECORDED),
    "a zip of zips": ("a.zip", zipped({"b.zip": zipped({"c.zip": zipped({"WAP01_49443.txt": URLACL})})})),
    "a path out": ("a.zip", zipped({"../../WAP01_49443.txt": URLACL})),
    "a broken zip": ("a.zip", zipped({"WAP01_49443.txt": URLACL * 50})[:200]),
    "no lines": ("WAP01_49443.txt", b"a" * 3_000_000),
    "only lines": ("WAP01_sslcert.txt", b"\n" * 3_000_000),
    "only prompts": ("WAP01.txt", b"PS C:\\> \r\n" * 60_000),
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.timeout(60)
def test_what_is_hostile_fails_alone(tmp_path, kind):
    name, data = HOSTILE[kind]
    evidence = opened(tmp_path, {name: data, "WAP09_49443.txt": URLACL, "WAP09_winhttp.txt": WINHTTP})

    assert states(evidence, "WAP09")["http-sys/url-reservation"] == ("observed", "")
    for server in evidence.servers:
        for go in server.rounds:
            assert not [
                r for r in evidence.reported(server, go).reports if r.reason in ("probe-failed", "not-reportable")
            ]


KEYS = [
    "Name", "ComputerSystem", "Services", "Stores", "Certificates", "RawData", "Store", "Errors", "Contexts", "Context",
    "Get-AdfsProperties", "Get-AdfsEndpoint", "value", "CollectedAt", "server", "schema", "probes", "facts", "kind",
    "AllTests", "SslCertificateBindings", "certificateAuthorities", "issuerUri",
]  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(["WAP01_host.json", "STS01_adfs.json", "entra.json", "x.json"]), VALUES, max_size=3)
)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_json_makes_a_probe_fail_in_any_other_way(tmp_path_factory, documents):
    files = {name: json.dumps(value) for name, value in documents.items()}
    evidence = opened(tmp_path_factory.mktemp("json"), files)

    for server in evidence.servers:
        for go in server.rounds:
            for report in evidence.reported(server, go).reports:
                assert report.reason not in ("probe-failed", "not-reportable"), report.detail
                assert report.outcome != telemetry_pb2.PROBE_OUTCOME_UNSPECIFIED
    assert whose(evidence) is not None
