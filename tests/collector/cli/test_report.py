"""`farmsight report` and the page's own download, of a collector that serves the lab's farm."""

import json
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from farmsight_collector.cli.main import main
from farmsight_collector.report.asked import PART
from farmsight_wire.v1 import query_pb2, query_pb2_grpc
from tests.fakes.lab_farms import FARM, LabFarm, lab_farm
from tests.fakes.pages import read

SAMPLE = Path(__file__).parents[3] / "docs/sample-evidence"


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabFarm]:
    with lab_farm(tmp_path_factory.mktemp("reported")) as made:
        yield made


@pytest.fixture
def report(farm: LabFarm, capsys: pytest.CaptureFixture[str]):
    def run(*arguments: object) -> tuple[int, str, str]:
        place = ("--data", str(farm.running.opened.config.data), "--collector", farm.running.addresses["query"])
        code = main(["report", *place, *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def alice(farm: LabFarm, tmp_path: Path) -> Path:
    file = tmp_path / "alice.cer"
    file.write_bytes(next(iter(farm.users.values())))
    return file


def test_one_file_has_the_cause_the_evidence_and_the_trace(report, alice: Path, tmp_path: Path) -> None:
    code, out, _ = report("--user-cert", alice, "--output", tmp_path / "farm.html")
    page = read((tmp_path / "farm.html").read_text("utf-8"))

    assert code == 0
    assert out.startswith(f"wrote {tmp_path / 'farm.html'}, ")
    assert "certificate sign-in is broken" in page.text
    assert "store.issuing-ca-missing" in page.text
    assert "Sign-in with alice.cer" in page.text
    assert "First change before it:" in page.text
    assert page.all("svg")


def test_a_redacted_file_names_nobody_and_its_names_are_for_their_owner_alone(
    report, alice: Path, tmp_path: Path
) -> None:
    names = tmp_path / "names.json"
    code, out, _ = report("--user-cert", alice, "--redact-map", names, "--output", tmp_path / "farm.html")
    text = (tmp_path / "farm.html").read_text("utf-8")
    told = json.loads(names.read_text("utf-8"))

    assert code == 0
    assert "contoso" not in text.lower()
    assert "WAP02" not in text
    assert "Sign-in with user-1.cer" in read(text).text
    assert stat.S_IMODE(names.stat().st_mode) == 0o600
    assert told["schema"] == "farmsight.stand-ins/1"
    assert "WAP02" in told["stand_ins"]["wap-2"]
    assert "keep that to yourself" in out


def test_names_are_never_written_over_others_nor_through_a_link(report, tmp_path: Path) -> None:
    names, link = tmp_path / "names.json", tmp_path / "link.json"
    names.write_text("precious")
    link.symlink_to(tmp_path / "elsewhere.json")
    for taken in (names, link):
        code, _, said = report("--redact-map", taken, "--output", tmp_path / "farm.html")
        assert code == 2
        assert "may be the only key to an earlier report" in said
    assert names.read_text() == "precious"
    assert not (tmp_path / "farm.html").exists()
    assert not (tmp_path / "elsewhere.json").exists()


def test_a_report_replaces_an_older_one_whole_and_what_cannot_be_written_leaves_nothing(report, tmp_path: Path) -> None:
    file = tmp_path / "farm.html"
    file.write_text("old")
    assert report("--output", file)[0] == 0
    assert file.read_text("utf-8").startswith("<!doctype html>")
    names = tmp_path / "names.json"
    code, _, said = report("--redact-map", names, "--output", tmp_path / "no/such/folder/farm.html")
    assert code == 2
    assert "cannot write" in said
    assert not names.exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["farm.html"]


def test_the_names_never_go_into_the_report_itself(report, tmp_path: Path) -> None:
    code, _, said = report("--redact-map", tmp_path / "a.html", "--output", tmp_path / "a.html")
    assert code == 2
    assert "the same file" in said


def test_a_farm_of_the_past_is_reported_as_it_was(report, tmp_path: Path) -> None:
    code, out, _ = report("--at", "30h", "--json", "--output", tmp_path / "farm.html")
    text = (tmp_path / "farm.html").read_text("utf-8")

    assert code == 0
    told = json.loads(out)
    assert told == {
        "output": str(tmp_path / "farm.html"),
        "bytes": len(text.encode()),
        "redacted": False,
        "stand_ins": 0,
    }
    assert "store.issuing-ca-missing" not in text


@pytest.mark.parametrize("redact", [(), ("--redact",)], ids=["plain", "redacted"])
def test_without_a_file_the_page_goes_to_the_standard_output(report, redact: tuple[str, ...]) -> None:
    code, out, _ = report(*redact)
    assert code == 0
    assert out.startswith("<!doctype html>")
    assert out.endswith("</html>\n")


def test_a_private_key_is_refused_and_nothing_is_sent(report, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "alice.pem").write_bytes(pem)
    code, _, said = report("--user-cert", tmp_path / "alice.pem", "--output", tmp_path / "farm.html")
    assert code == 2
    assert "it is refused" in said


def test_a_farm_that_is_not_here_is_told_with_those_that_are(report, tmp_path: Path) -> None:
    code, _, said = report("--farm", "sts.fabrikam.com", "--output", tmp_path / "farm.html")
    assert code == 2
    assert FARM in said


class _Older(query_pb2_grpc.QueryServiceServicer):
    """A collector from before there were reports."""


def test_an_older_collector_is_told_as_such(tmp_path: Path, farm: LabFarm, monkeypatch, capsys) -> None:
    server = grpc.server(ThreadPoolExecutor(1))
    query_pb2_grpc.add_QueryServiceServicer_to_server(_Older(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    stub = (channel, query_pb2_grpc.QueryServiceStub(channel))
    monkeypatch.setattr("farmsight_collector.cli.connection.Connection.stub", lambda _self: stub)
    try:
        code = main(["report", "--data", str(farm.running.opened.config.data), "--output", str(tmp_path / "farm.html")])
    finally:
        server.stop(None).wait()
    assert code == 2
    assert "the collector is of an earlier version" in capsys.readouterr().err


def asked(farm: LabFarm, request: query_pb2.ReportRequest, token: str | None = None) -> list[query_pb2.ReportResponse]:
    held = token if token is not None else (farm.running.opened.config.data / "query-token").read_text().strip()
    credentials = grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(farm.running.ca_pem), grpc.access_token_call_credentials(held)
    )
    options = [("grpc.ssl_target_name_override", "collector.farmsight"), ("grpc.enable_http_proxy", 0)]
    with grpc.secure_channel(farm.running.addresses["query"], credentials, options) as channel:
        return list(query_pb2_grpc.QueryServiceStub(channel).Report(request))


def test_the_page_comes_in_parts_and_the_names_after_it(farm: LabFarm) -> None:
    parts = asked(farm, query_pb2.ReportRequest(redact=True))
    pages = [len(one.part) for one in parts]

    assert max(pages) <= PART
    assert pages[-1] == 0
    assert parts[-1].stand_ins
    assert b"".join(one.part for one in parts).endswith(b"</html>\n")


def test_nobody_gets_a_report_without_a_token_and_garbage_is_no_certificate(farm: LabFarm) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        asked(farm, query_pb2.ReportRequest(), token="no-token")
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    certificates = [query_pb2.ReportCertificate(name="x.cer", certificate=b"\x30\x00")]
    with pytest.raises(grpc.RpcError) as refused:
        asked(farm, query_pb2.ReportRequest(certificates=certificates))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(grpc.RpcError) as refused:
        asked(farm, query_pb2.ReportRequest(certificates=certificates * 21))
    assert "21 are over 20" in refused.value.details()


@pytest.fixture
def web(farm: LabFarm) -> Iterator[httpx.Client]:
    cookie = farm.session("viewer")
    with httpx.Client(base_url=farm.web, cookies={cookie["name"]: cookie["value"]}, timeout=60) as client:
        yield client


def test_a_viewer_downloads_the_report_from_the_farms_page(web: httpx.Client) -> None:
    home = read(web.get(f"/farms/{FARM}").text)
    links = [one.attributes["href"] for one in home.all("a") if "/report" in (one.attributes.get("href") or "")]
    assert len(links) == 3
    whole, redacted, names = (web.get(link) for link in links)

    assert whole.headers["content-disposition"].startswith(f'attachment; filename="farmsight-report-{FARM}-')
    assert "Contoso Issuing CA 1" in whole.text
    assert redacted.headers["content-disposition"].startswith('attachment; filename="farmsight-report-redacted-')
    assert "contoso" not in redacted.text.lower()
    stand_ins = names.json()["stand_ins"]
    assert "WAP02" in stand_ins["wap-2"]
    assert [
        one for one in ("wap-1", "wap-2", "adfs-1", "ca-1") if one not in redacted.text or one not in stand_ins
    ] == []


def test_nobody_downloads_it_without_signing_in(farm: LabFarm) -> None:
    answer = httpx.get(f"{farm.web}/farms/{FARM}/report", timeout=60)
    assert answer.status_code in (303, 401)
    assert "Contoso" not in answer.text


def test_captured_files_are_redacted_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names, page = tmp_path / "names.json", tmp_path / "page.html"
    code = main(
        ["analyze", str(SAMPLE), "--format", "html", "--redact", "--redact-map", str(names), "--output", str(page)]
    )
    assert code == 1
    assert "contoso" not in page.read_text("utf-8").lower()
    assert "WAP02" in json.loads(names.read_text("utf-8"))["stand_ins"]["wap-2"]
    assert main(["analyze", str(SAMPLE), "--redact"]) == 2
    assert "--format html" in capsys.readouterr().err
