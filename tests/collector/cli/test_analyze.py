"""`farmsight analyze`: captured files in, findings out, and exit codes that scripts can rely on."""

import io
import json
import sys
from datetime import timedelta

import pytest

from farmsight_collector.cli import main as cli
from farmsight_collector.cli.output import Output
from farmsight_collector.cli.verbs import analyze
from farmsight_collector.offline import analysis as offline
from tests.fakes.evidence_folders import NOW, SERVERS, URLACL, WINHTTP, lab, texts, written, zipped

HOSTILE = "a\x1b[31mred\x07\u202eevil<script>alert(1)</script>&[bold]x"
OTHER = URLACL.replace("+:443/adfs/ ", "+:49443/adfs/ ")


@pytest.fixture
def ask(capsys):
    """Run the verb as the shell does; returns exit code, standard output and standard error."""

    def run(*words):
        code = cli.main(["analyze", *map(str, words)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """Return a farm with faults, by the article alone."""
    files = {f"{one}/{name}": data for one in SERVERS for name, data in lab("sample", "article")[one].items()}
    return written(tmp_path_factory.mktemp("faulty"), files)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    files = {f"{one}/{name}": data for one in SERVERS for name, data in lab("healthy", "both")[one].items()}
    return written(tmp_path_factory.mktemp("healthy"), files)


# What is printed.


def test_a_farm_with_faults_ends_in_1_and_names_them(ask, faulty):
    code, out, _ = ask(faulty)

    assert code == 1
    assert "store.issuing-ca-missing  [WAP02]" in out
    assert "WAP01   wap" in out
    assert "could not be looked at" in out


def test_a_healthy_farm_ends_in_0_and_names_no_fault(ask, healthy):
    code, out, _ = ask(healthy)

    assert code == 0
    assert "CRITICAL" not in out
    assert "ERROR" not in out


def test_each_line_to_run_stands_there_once_for_all_servers(ask, faulty):
    _, out, _ = ask(faulty)
    below = out[out.index("could not be looked at") :]
    lines = [line.strip() for line in below.splitlines()]

    assert lines.count("netsh http show iplisten > %computername%_iplisten.txt") == 1
    assert "on STS01, STS02, WAP01, WAP02:" in lines
    assert not any("STS01_" in line for line in lines[: lines.index("to know (1):")])
    [stores] = [line for line in lines if line.startswith("certutil -store NAME") and "DISALLOWED" in line]
    assert "ClientAuthIssuer" in stores


def test_what_can_be_captured_does_not_stand_under_what_is_not_known(ask, faulty):
    _, out, _ = ask(faulty)
    unknown = out[out.index("not known (") : out.index("could not be looked at")]

    assert "no run of certificate-stores" not in unknown
    assert "file-missing" not in unknown
    assert "STS01, STS02, WAP01, WAP02  certificate-stores/MY" in unknown
    assert unknown.count("\n") < 20


def test_json_keeps_all(ask, faulty):
    code, out, _ = ask(faulty, "--json")
    told = json.loads(out)

    assert code == 1
    assert told["schema"] == "farmsight.findings/1"
    assert [one["name"] for one in told["servers"]] == list(SERVERS)
    assert {"verdict", "farm_reason", "mode", "evidence", "lacking", "not_understood", "notes"} <= told.keys()
    assert any(one["run"] == "netsh http show iplisten > STS01_iplisten.txt" for one in told["lacking"])
    assert any(one["run"] == "certutil -store NTAuth > STS01_store_ntauth.txt" for one in told["lacking"])
    assert {one["server"] for one in told["evidence"]} == set(SERVERS)
    assert told["evidence"][0]["time_source"] == "file date"
    assert told["mode"]["farm"] == "49443"


def test_the_two_ways_to_ask_for_json_are_one(ask, faulty):
    assert ask(faulty, "--json")[1] == ask(faulty, "--format", "json")[1]


def test_every_finding_says_where_it_was_read(ask, faulty):
    told = json.loads(ask(faulty, "--json")[1])
    sources = [e["source"] for f in told["findings"] for e in f["evidence"] if e["server"]]

    assert sources
    assert all(one is None or one.startswith("evidence:") for one in sources)


# Exit codes.


@pytest.mark.parametrize(("fail_on", "code"), [("critical", 1), ("error", 1), ("never", 0)])
def test_what_to_fail_on(ask, faulty, fail_on, code):
    assert ask(faulty, "--fail-on", fail_on)[0] == code


def test_a_warning_fails_only_where_it_is_asked_to(ask, healthy):
    told = json.loads(ask(healthy, "--json")[1])
    worst = {one["severity"] for one in told["findings"]}

    assert worst <= {"warning", "info"}
    assert ask(healthy, "--fail-on", "info")[0] == int(bool(worst))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, ["no files"]),
        ({"notes.txt": "Dear all\n", "x.bin": bytes(range(256)) * 20}, ["notes.txt", "docs/evidence.md"]),
    ],
)
def test_a_folder_without_evidence_is_at_fault(ask, tmp_path, files, words):
    (tmp_path / "empty").mkdir()
    code, out, err = ask(written(tmp_path / "empty", files))

    assert (code, out) == (2, "")
    assert str(tmp_path / "empty") in err
    assert all(word in err for word in words)


@pytest.mark.parametrize(
    "words",
    [
        ["nowhere"],
        ["{folder}", "--entra", "nowhere.json"],
        ["{folder}", "--user-cert", "nowhere.cer"],
        ["{folder}", "--user-cert", "{folder}/WAP01_49443.txt"],
        ["{folder}", "--entra", "{folder}/WAP01_49443.txt"],
        ["{folder}", "--role", "WAP01"],
        ["{folder}", "--role", "WAP01=boss"],
        ["{folder}", "--role", "=wap"],
        ["{folder}", "--at", "some time ago"],
        ["{folder}", "--output", "{folder}/no/such/folder/x.json"],
        ["{folder}", "--output", "{folder}"],
    ],
)
def test_what_cannot_be_meant_ends_in_2_with_a_cause(ask, tmp_path, words):
    written(tmp_path, {"WAP01_49443.txt": URLACL})
    code, out, err = ask(*(word.format(folder=tmp_path) for word in words))

    assert (code, out) == (2, "")
    assert err.startswith("farmsight: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_an_instant_before_all_evidence_is_at_fault_and_not_healthy(ask, tmp_path):
    written(
        tmp_path, {"WAP01/host.json": '{"CollectedAt": "2026-11-23T10:00:00Z", "ComputerSystem": {"Name": "WAP01"}}'}
    )
    code, _, err = ask(tmp_path, "--at", "2026-11-01T00:00Z")

    assert code == 2
    assert "2026-11-23" in err


def test_ctrl_c_ends_in_130_and_leaves_nothing(ask, tmp_path, monkeypatch):
    def interrupted(*_args, **_kw):
        raise KeyboardInterrupt

    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(offline, "evaluate", interrupted)
    folder = written(tmp_path / "evidence", {"WAP01_49443.txt": URLACL})
    code, out, _ = ask(folder, "--output", tmp_path / "out.json")

    assert (code, out) == (130, "")
    assert list((tmp_path / "tmp").iterdir()) == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["evidence", "tmp"]


# Where it goes.


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_output_is_written_whole(ask, faulty, tmp_path, form):
    path = tmp_path / f"report.{form}"
    path.write_text("old")
    code, out, _ = ask(faulty, "--format", form, "--output", path)

    assert (code, out) == (1, "")
    assert "store.issuing-ca-missing" in path.read_text(encoding="utf-8")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_output_that_cannot_be_finished_leaves_the_old_file(ask, faulty, tmp_path, monkeypatch):
    class Full(Output):
        def json(self, value):
            super().json({"half": 1})
            raise OSError(28, "No space left on device")

    path = tmp_path / "report.json"
    path.write_text("old")
    monkeypatch.setattr(analyze, "Output", Full)
    code, _, err = ask(faulty, "--json", "--output", path)

    assert code == 2
    assert "No space left" in err
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["report.json"]


# What is given beside.


def test_the_tenants_answers_and_a_users_certificate(ask, tmp_path):
    both = lab("healthy", "script")["STS01"]
    given = written(tmp_path / "given", {"e.json": both["entra.json"], "alice.cer": both["usercert.cer"]})
    folder = written(
        tmp_path / "evidence", {f"STS01/{k}": v for k, v in texts("STS01").items() if not k.startswith("entra")}
    )
    told = json.loads(ask(folder, "--entra", given / "e.json", "--user-cert", given / "alice.cer", "--json")[1])
    probes = {(one["probe"], one["outcome"]) for server in told["servers"] for one in server["probes"]}

    assert ("entra", "observed") in probes
    assert ("given-certificates", "observed") in probes
    without = json.loads(ask(folder, "--json")[1])
    assert ("entra", "observed") not in {(p["probe"], p["outcome"]) for s in without["servers"] for p in s["probes"]}


def test_a_users_certificate_alone_is_evidence(ask, tmp_path):
    cer = written(tmp_path, {"alice.cer": lab("healthy", "script")["STS01"]["usercert.cer"]}) / "alice.cer"
    code, out, _ = ask(cer)

    assert code in (0, 1)
    assert "TENANT" in out


def test_the_name_of_the_farm(ask, faulty):
    assert json.loads(ask(faulty, "--json")[1])["farm"] == "sts.contoso.test"
    assert json.loads(ask(faulty, "--json", "--farm", "sts.fabrikam.com")[1])["farm"] == "sts.fabrikam.com"


def test_the_role_of_a_server(ask, tmp_path):
    written(tmp_path, {"FILER_49443.txt": URLACL, "FILER_winhttp.txt": WINHTTP})
    _, unknown, _ = ask(tmp_path)
    _, known, _ = ask(tmp_path, "--role", "filer.contoso.com=wap")

    assert "--role FILER=adfs" in unknown
    assert "not judged" in unknown
    assert "given by --role" in known
    assert "not judged" not in known


def test_a_server_of_no_known_role_is_listed_and_no_rule_judges_it(ask, tmp_path):
    files = {f"FILER_{name.partition('_')[2]}": data for name, data in texts("WAP01", "sslcert.txt", "ca.txt").items()}
    told = json.loads(ask(written(tmp_path, files), "--json")[1])

    assert [(one["name"], one["role"]) for one in told["servers"]] == [("FILER", "unknown")]
    assert {one["reason"] for one in told["servers"][0]["probes"]} == {"role-unknown"}
    assert not [one for one in told["findings"] if "FILER" in one["servers"]]
    assert told["verdict"].startswith("nothing is known: no fact of a server is here; ")


# Time.


def history(tmp_path):
    old = {f"2026-11-20/{one}/{name}": data for one in SERVERS for name, data in lab("healthy", "article")[one].items()}
    new = {"2026-11-23/WAP02/WAP02_store_ca.txt": lab("sample", "article")["WAP02"]["WAP02_store_ca.txt"]}
    written(tmp_path, old, NOW - timedelta(days=3))
    return written(tmp_path, new, NOW)


def test_a_later_partial_capture_leaves_what_only_the_earlier_knew(ask, tmp_path):
    told = json.loads(ask(history(tmp_path), "--json")[1])
    [wap] = [one for one in told["servers"] if one["name"] == "WAP02"]
    outcomes = {(one["probe"], one["part"]): one["outcome"] for one in wap["probes"] if not one["context"]}

    assert told["as_of"] == "2026-11-23T10:00:00Z"
    assert outcomes["http-sys", "tls-binding"] == "observed"
    [evidence] = [one for one in told["evidence"] if one["server"] == "WAP02"]
    assert evidence["taken"] == ["2026-11-20T10:00:00Z", "2026-11-23T10:00:00Z"]


def test_a_fault_that_came_between_two_captures_says_since_when(ask, tmp_path):
    folder = history(tmp_path)
    now = json.loads(ask(folder, "--json")[1])
    then = json.loads(ask(folder, "--json", "--at", "2026-11-21T00:00Z")[1])

    [fault] = [one for one in now["findings"] if one["code"] == "store.issuing-ca-missing"]
    assert fault["since"] == "2026-11-23T10:00:00Z"
    assert not [one for one in then["findings"] if one["code"] == "store.issuing-ca-missing"]
    assert then["as_of"] == "2026-11-21T00:00:00Z"


def test_servers_captured_days_apart_are_said(ask, tmp_path):
    written(tmp_path, {"WAP01/urlacl.txt": URLACL}, NOW - timedelta(days=2))
    written(tmp_path, {"STS01/urlacl.txt": URLACL}, NOW)
    _, out, _ = ask(tmp_path)

    assert "WAP01 was captured 2 days 0 hours before STS01" in out


def test_zip_times_are_said_to_be_without_a_zone(ask, tmp_path):
    written(tmp_path, {"WAP01.zip": zipped({"urlacl.txt": URLACL}, NOW)})

    assert "time zone" in ask(tmp_path)[1]


def test_a_file_that_cannot_be_read_is_said_though_another_answered(ask, tmp_path):
    files = {"WAP01_store_root.pem": "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
             "WAP01_store_root.txt": texts("WAP01")["WAP01_store_root.txt"],
             "WAP01_x_usercert.txt": texts("WAP01")["WAP01_WAP01$_usercert.txt"][:400],
             "WAP01_x_SubCA.txt": texts("WAP01")["WAP01_WAP01$_SubCA.txt"]}  # fmt: skip
    told = json.loads(ask(written(tmp_path, files), "--json")[1])

    assert any("private-key-in-file" in note and "WAP01_store_root.pem:1" in note for note in told["notes"])
    assert any("WAP01_x_usercert.txt" in note for note in told["notes"])


# Hostile names.


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("words", [[], ["-v"], ["--json"], ["--format", "html"]])
def test_hostile_names_never_reach_the_terminal_raw(ask, tmp_path, words):
    name = HOSTILE.replace("/", "")
    files = {f"{name}/WAP01_49443.txt": URLACL, f"{name}.txt": "x\n", f"WAP01_{name}_usercert.txt": "cut",
             f"WAP01_store_{name}.pem": "garbage", f"STS01_{name}.json": '{"broken'}  # fmt: skip
    code, out, err = ask(written(tmp_path, files), *words)

    assert code in (0, 1)
    for text in (out, err):
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "alert(1)" in out or "html" not in words
    if "html" in words:
        assert "<script>alert(1)" not in out


@pytest.mark.parametrize("subject", ["CN=\x1b[31m\u202eevil", "CN=</script><script>alert(1)</script>"])
def test_names_in_documents_never_reach_the_terminal_raw(ask, tmp_path, subject):
    row = {"Store": "ROOT", "Thumbprint": "ab" * 20, "Subject": subject, "Issuer": subject}
    host = {"ComputerSystem": {"Name": "WAP01"}, "Stores": ["ROOT", subject], "Certificates": [row],
            "Services": [{"Name": "appproxysvc"}], "Clock": {"Reference": subject, "OffsetSeconds": 4000}}  # fmt: skip
    folder = written(tmp_path, {"WAP01_host.json": json.dumps(host)})
    for words in ([], ["--json"], ["--format", "html"]):
        _, out, err = ask(folder, *words)

        assert not {"\x1b", "\u202e"} & set(out + err)
        assert "<script>alert" not in out or words != ["--format", "html"]


def test_json_escapes_what_moves_a_cursor_and_is_read_back_the_same():
    value = {"a\x9b": ["\x7f\u2028\u202e\ud800 \U000e0041 ü 日本"]}
    stream = io.StringIO()
    Output(stream).json(value)

    assert json.loads(stream.getvalue()) == value
    assert "ü 日本" in stream.getvalue()
    assert all(one.isprintable() or one == "\n" for one in stream.getvalue())


@pytest.mark.parametrize("page", ["ascii", "cp1252", "cp932"])
def test_a_code_page_that_lacks_a_letter_ends_nothing_half_way(page):
    raw = io.BytesIO()
    out = Output(io.TextIOWrapper(raw, encoding=page))
    out.line("└ Größe 日本")
    out.table(["a"], [["└"]])
    out.json({"name": "└ Größe 日本"})

    text = raw.getvalue().decode(page)
    assert json.loads(text[text.index("{") :]) == {"name": "└ Größe 日本"}
    assert "?" in text[: text.index("{")] or page == "cp932"


def test_nothing_of_the_evidence_is_kept(ask, faulty, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    before = sorted(faulty.rglob("*"))
    ask(faulty)

    assert list(tmp_path.iterdir()) == []
    assert sorted(faulty.rglob("*")) == before
