"""`farmsight-collector entra ...`: what people type, as processes, against the service over TLS."""

import json
import stat
from pathlib import Path

import pytest

from farmsight_collector.entra import registration
from farmsight_collector.entra.clouds import CLOUDS
from farmsight_collector.entra.resources import PERMISSIONS, RESOURCES
from tests.fakes.graph_service import CLIENT, PERSON, SECRET, TENANT, GraphService, client_credential
from tests.fakes.serving import initialise, run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A collector's data folder."""
    made = tmp_path / "collector"
    initialise(made)
    return made


def entra(data: Path, *arguments: str) -> tuple[int, str, str]:
    done = run("entra", *arguments, "--data", str(data))
    return done.returncode, done.stdout, done.stderr


def added(data: Path, service: GraphService, *how: str) -> tuple[int, str, str]:
    where = ("--graph-url", service.url, "--authority-url", service.url, "--ca-file", service.ca_file)  # type: ignore[attr-defined]
    ids = ("--farm", "sts.contoso.com", "--tenant", TENANT, "--client-id", CLIENT)
    return entra(data, "add", "contoso", *ids, *how, *where)


def test_a_tenant_is_added_tested_listed_and_removed(data: Path, service: GraphService, tmp_path: Path) -> None:
    file, leaf = client_credential(tmp_path)
    service.certificates = [leaf]
    service.consented.remove("Policy.Read.All")
    code, out, err = added(data, service, "--certificate", str(file))
    assert code == 0, err
    assert "entra test contoso" in out

    code, out, err = entra(data, "test", "contoso")
    assert code == 0, err
    assert "Organization.Read.All" in out
    assert "Authorization_RequestDenied" in out
    assert "Not known without them" in out

    code, out, _ = entra(data, "test", "contoso", "--json", "--output", str(tmp_path / "entra.json"))
    told = json.loads(out)
    assert {one["part"]: one["outcome"] for one in told["parts"]} == {
        "authorities": "observed",
        "domains": "observed",
        "pki-store": "observed",
        "certificate-policy": "denied",
        "rollouts": "denied",
    }
    written = json.loads((tmp_path / "entra.json").read_text())
    assert written["federationConfiguration"]["contoso.com"]["value"][0]["promptLoginBehavior"] == "nativeSupport"

    code, out, _ = entra(data, "list", "--json")
    (one,) = json.loads(out)["tenants"]
    assert len(one["fingerprint"]) == 40
    assert one["expires"]
    assert one["last_asked"] is None
    assert "PRIVATE" not in out

    assert entra(data, "remove", "contoso")[0] == 0
    assert not (data / "entra" / "contoso").exists()
    assert "no tenant" in entra(data, "list")[1]
    assert added(data, service, "--certificate", str(file))[0] == 0  # the name is free again


def test_secrets_lie_in_files_that_nobody_else_may_read_and_are_printed_nowhere(
    data: Path, service: GraphService, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text(f"{SECRET}\n")
    code, out, err = added(data, service, "--secret-file", str(tmp_path / "secret.txt"))
    assert code == 0, err
    said = out + err
    for verb in (("test", "contoso"), ("list",), ("list", "--json"), ("test", "contoso", "--json")):
        _, out, err = entra(data, *verb)
        said += out + err
    assert "observed" in said
    assert SECRET not in said
    assert not any(token in said for token in service.tokens)
    assert SECRET.encode() not in (data / "store.db").read_bytes()
    folder = data / "entra" / "contoso"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}


def test_a_person_signs_in_by_device_code_and_the_sign_in_lasts(data: Path, service: GraphService) -> None:
    assert added(data, service, "--device-code")[0] == 0
    code, out, _ = entra(data, "test", "contoso")
    assert code == 2
    assert "entra sign-in contoso" in out

    code, out, err = entra(data, "sign-in", "contoso")
    assert code == 0, err
    assert "ABCD1234" in out
    assert PERSON in out

    asked = service.count("/token")
    assert entra(data, "test", "contoso")[0] == 0
    assert service.count("/token") == asked  # the token of the sign-in serves
    service.expire_tokens()
    assert entra(data, "test", "contoso")[0] == 0  # refreshed without a person
    service.expire_tokens()
    service.refresh_tokens.clear()
    code, out, _ = entra(data, "test", "contoso")
    assert code == 2
    assert "entra sign-in contoso" in out
    assert stat.S_IMODE((data / "entra" / "contoso" / "tokens.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("--tenant", "not a tenant"), "tenant"),
        (("--client-id", "7"), "client id"),
        (("--farm", "sts.fabrikam.com"), "none of this collector's farms"),
        (("--graph-url", "http://graph.contoso.com"), "not https"),
        (("--every", "1m"), "5 minutes"),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_is_left(
    data: Path, service: GraphService, tmp_path: Path, changes: tuple[str, str], said: str
) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    given = {"--farm": "sts.contoso.com", "--tenant": TENANT, "--client-id": CLIENT, "--graph-url": service.url}
    options = [text for pair in (given | dict([changes])).items() for text in pair]
    code, _, err = entra(data, "add", "contoso", *options, "--secret-file", str(tmp_path / "secret.txt"))
    assert code == 2
    assert said in err
    assert not (data / "entra").exists() or not list((data / "entra").iterdir())


def test_names_of_folders_above_are_no_names(data: Path) -> None:
    assert entra(data, "remove", "../..")[0] == 2
    assert (data / "ca.key").exists()


def test_a_key_that_is_not_the_certificates_is_refused(data: Path, service: GraphService, tmp_path: Path) -> None:
    file, _ = client_credential(tmp_path)
    (tmp_path / "other").mkdir()
    other, _ = client_credential(tmp_path / "other", 1)
    code, _, err = added(data, service, "--certificate", str(file), "--key", str(other))
    assert code == 2
    assert "not that of the certificate" in err


def test_permissions_are_all_to_read_and_each_says_what_is_lost(data: Path) -> None:
    _, out, _ = entra(data, "permissions")
    assert not any("Write" in one for one in PERMISSIONS)
    assert {one.permission for one in RESOURCES} - set(PERMISSIONS) == {"Directory.ReadWrite.All (delegated only)"}
    assert all(one.without[:40] in out for one in RESOURCES)


def test_each_cloud_has_a_token_service_and_a_graph_of_its_own() -> None:
    assert {one.name: (one.authority, one.graph) for one in CLOUDS} == {
        "global": ("https://login.microsoftonline.com", "https://graph.microsoft.com"),
        "us-gov": ("https://login.microsoftonline.us", "https://graph.microsoft.us"),
        "us-dod": ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
        "china": ("https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"),
    }
    assert all(one.source for one in CLOUDS)


def test_a_registration_asks_its_own_cloud_unless_told_otherwise() -> None:
    one = registration.Registration(
        name="c", farm="sts.contoso.com", tenant=TENANT, client_id=CLIENT, kind="secret", voice="v", cloud="us-dod"
    )  # fmt: skip
    assert one.authority == f"https://login.microsoftonline.us/{TENANT}"
    assert one.graph == "https://dod-graph.microsoft.us"
