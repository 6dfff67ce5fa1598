"""`farmsight trace`, asked over real gRPC: what it answers, and that no private key goes anywhere."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from farmsight_collector.cli import connection
from farmsight_collector.cli.main import main
from farmsight_collector.cli.verbs import trace as verb
from farmsight_collector.config import Watching
from farmsight_collector.correlate.judgement import judge
from farmsight_collector.queries import trace as question
from farmsight_collector.rpc.questions import questions
from farmsight_collector.signin.trace import HOPS, PATHS
from farmsight_wire.v1 import query_pb2, query_pb2_grpc
from tests.fakes import traces
from tests.fakes.agents import full, service
from tests.fakes.certificates import pem
from tests.fakes.live_collector import FARM, Running, running
from tests.fakes.pki import ISSUING, ROOT
from tests.fakes.traces import ADA

PFX = pkcs12.serialize_key_and_certificates(b"ada", ADA.key, ADA.certificate, None, BestAvailableEncryption(b"secret"))
KEY_PEM = ADA.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
KEY_DER = ADA.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One AD FS node and one proxy, of which little is known."""
    data = tmp_path_factory.mktemp("collector") / "data"
    with running(data, judge=judge, questions=questions, watching=Watching(coalesce_ms=1)) as up:
        for name, role in (("STS01", "adfs"), ("WAP01", "wap")):
            with up.stream(up.enrol(name, role)) as stream:
                stream.hello()
                stream.report(full(1, service("adfssrv" if role == "adfs" else "appproxysvc")))
                stream.until_durable(1)
        yield up


@pytest.fixture
def user(tmp_path: Path) -> Path:
    path = tmp_path / "ada.cer"
    path.write_bytes(ADA.der)
    return path


def ask(farm: Running, *words: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["trace", *map(str, words), "--data", str(farm.collector.config.data)])
    return code, out.getvalue(), err.getvalue()


def stub(farm: Running, token: str = "") -> query_pb2_grpc.QueryServiceStub:
    data = farm.collector.config.data
    token = token or (data / "query-token").read_text().strip()
    address = farm.addresses["query"]
    return connection.Connection(address=address, token=token, ca_pem=(data / "ca.crt").read_bytes()).stub()[1]


def test_the_answer_comes_as_text_and_as_json(farm: Running, user: Path) -> None:
    code, out, err = ask(farm, user)
    told = json.loads(ask(farm, user, "--json")[1])

    assert (code in (0, 1), err) == (True, "")
    assert out.splitlines()[0].startswith(f"{FARM} as of ")
    assert ADA.sha1 in out
    assert told["schema"] == "farmsight.trace/1"
    assert told["certificate"] == ADA.sha1
    assert told["verdict"] in ("fails", "unknown")
    assert told["verdict"].upper() + "  " + told["answer"] == out.splitlines()[1]
    for path in told["paths"]:
        assert path["path"] in PATHS
        assert {hop["hop"] for hop in path["hops"]} <= set(HOPS)


def test_of_a_farm_of_which_little_is_known_nothing_is_said_to_pass(farm: Running, user: Path) -> None:
    told = json.loads(ask(farm, user, "--json")[1])

    assert told["verdict"] != "passes"
    assert not told["answer"].startswith("passes")
    assert ask(farm, user, "--fail-on", "unknown")[0] == 1
    assert ask(farm, user, "--fail-on", "never")[0] == 0


def test_one_path_can_be_asked_for(farm: Running, user: Path) -> None:
    told = json.loads(ask(farm, user, "--path", "intranet", "--json")[1])
    both = json.loads(ask(farm, user, "--path", "extranet,intranet", "--json")[1])

    assert {path["path"] for path in told["paths"]} <= {"intranet"}
    assert {path["path"] for path in both["paths"]} <= set(PATHS)
    code, _, err = ask(farm, user, "--path", "internet")
    assert (code, "there is extranet, intranet" in err) == (2, True)


def test_before_the_farm_was_there_nothing_is_claimed(farm: Running, user: Path) -> None:
    told = json.loads(ask(farm, user, "--at", "1999-01-01T00:00Z", "--json")[1])

    assert told["verdict"] != "passes"
    assert told["as_of"] == "1999-01-01T00:00:00Z"


def test_a_chain_is_taken_apart_and_the_others_are_named(farm: Running, tmp_path: Path) -> None:
    path = tmp_path / "chain.pem"
    path.write_text(pem(ISSUING.der) + pem(ADA.der) + pem(ROOT.der))

    told = json.loads(ask(farm, path, "--json")[1])

    assert told["certificate"] == ADA.sha1
    assert ISSUING.subject in told["notes"][0]


@pytest.mark.parametrize(
    ("data", "kind"), [(PFX, "PKCS #12"), (KEY_PEM, "PEM"), (pem(ADA.der).encode() + KEY_PEM, "PEM"), (KEY_DER, "#8")]
)
def test_a_private_key_is_refused_and_never_sent(
    farm: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, kind: str
) -> None:
    path = tmp_path / "ada.pfx"
    path.write_bytes(data)
    asked: list[object] = []
    monkeypatch.setattr(question, "answer", lambda *given: asked.append(given))

    code, out, err = ask(farm, path)

    assert (code, out, asked) == (2, "", [])
    assert kind in err
    assert "nothing of it was kept" in err
    assert "certutil -user -store My SERIAL user.cer" in err


@pytest.mark.parametrize(("data", "kind"), [(PFX, "PKCS #12"), (KEY_PEM, "PEM"), (KEY_DER, "PKCS #8")])
def test_the_collector_refuses_a_private_key_too_and_logs_and_keeps_nothing_of_it(
    farm: Running, caplog: pytest.LogCaptureFixture, data: bytes, kind: str
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(grpc.RpcError) as raised:
        stub(farm).Trace(query_pb2.TraceRequest(certificate=data))

    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert kind in raised.value.details()
    middle = data[60:92] if data is not KEY_PEM else KEY_PEM.splitlines()[1][-28:]
    for said in (raised.value.details(), caplog.text):
        assert middle.hex() not in said
        assert middle.decode("latin-1") not in said
        assert repr(middle)[2:-1] not in said
    kept = [one for one in farm.collector.config.data.rglob("*") if one.is_file() and middle in one.read_bytes()]
    assert kept == []


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (query_pb2.TraceRequest(), "none that can be read as DER"),
        (query_pb2.TraceRequest(certificate=pem(ADA.der).encode()), "none that can be read as DER"),
        (query_pb2.TraceRequest(certificate=ADA.der + b"x"), "none that can be read as DER"),
        (query_pb2.TraceRequest(certificate=bytes(65 * 1024)), "are over 65536"),
        (query_pb2.TraceRequest(certificate=ADA.der, paths=["extranet", "moon"]), "paths: there is no moon"),
    ],
)
def test_a_request_that_breaks_the_contract_says_which_field(
    farm: Running, request_: query_pb2.TraceRequest, says: str
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        stub(farm).Trace(request_)

    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert says in raised.value.details()


def test_without_the_token_nothing_is_traced(farm: Running) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        stub(farm, "another").Trace(query_pb2.TraceRequest(certificate=ADA.der))

    assert raised.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_a_farm_of_625_pairs_is_answered_in_one_message_and_one_too_large_is_refused(
    farm: Running, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waps, nodes = ([f"{word}{n:02}" for n in range(1, 26)] for word in ("WAP", "STS"))
    wide = traces.trace(traces.pairs(waps, nodes, broken={"WAP07"}))
    monkeypatch.setattr(question, "traced", lambda *_: wide)

    code, out, _ = ask(farm, user)

    assert code == 1
    assert "of 625 pairs of servers 25 fail" in out
    assert question.message(wide).ByteSize() < 200_000
    monkeypatch.setattr(question, "LARGEST_ANSWER", 10_000)
    code, _, err = ask(farm, user)
    assert (code, "650 pairs" in err) == (2, True)


def test_a_file_that_is_not_there_is_named_with_what_to_do(farm: Running, tmp_path: Path) -> None:
    code, out, err = ask(farm, tmp_path / "no.cer")

    assert (code, out) == (2, "")
    assert f"cannot read {tmp_path / 'no.cer'}: No such file or directory; give the file" in err


def test_help_teaches_how_to_get_the_file_and_what_the_exit_codes_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["trace", "--help"])
    out = capsys.readouterr().out

    assert "certutil -user -store My" in out
    assert "Exit codes: 0 no failure is proven" in out
    assert main(["completion", "bash"]) == 0
    assert "trace" in capsys.readouterr().out


def test_on_a_terminal_it_is_said_that_the_question_is_asked(farm: Running, user: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    err = Terminal()
    with redirect_stdout(io.StringIO()), redirect_stderr(err):
        main(["trace", str(user), "--data", str(farm.collector.config.data)])

    assert "tracing ..." in err.getvalue()


def test_ctrl_c_is_told_from_a_failure(farm: Running, user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verb, "read", interrupted)

    assert ask(farm, user)[0] == 130


def test_a_program_that_is_started_anew_answers_the_same(farm: Running, user: Path) -> None:
    line = "import sys; from farmsight_collector.cli.entry import farmsight; sys.exit(farmsight())"
    words = ["trace", str(user), "--json", "--at", datetime.now(UTC).isoformat()]
    command = [sys.executable, "-c", line, *words, "--data", str(farm.collector.config.data)]

    done = subprocess.run(command, capture_output=True, check=False, timeout=60)

    assert done.returncode in (0, 1), done.stderr
    assert json.loads(done.stdout)["schema"] == "farmsight.trace/1"
