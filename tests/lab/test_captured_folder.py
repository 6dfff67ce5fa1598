"""Which files there are, by what names, in which bytes."""

import json
import zipfile

import pytest

from farmsight_lab.captured.damage import wrapped
from farmsight_lab.captured.folder import farm_files, server_files, write
from farmsight_lab.captured.languages.catalogue import LANGUAGES
from farmsight_lab.captured.plan import WINDOWS, Plan, Style
from farmsight_lab.cli import main
from farmsight_lab.scenario import packaged
from tests.lab.captured_farms import NOW, farm_of, farm_with, printed

ARTICLE_WAP = {
    "WAP01_49443.txt",
    "WAP01_sslcert.txt",
    "WAP01_winhttp.txt",
    "WAP01_WAP01$_SubCA.txt",
    "WAP01_WAP01$_usercert.txt",
    "WAP01_NETWORK SERVICE_SubCA.txt",
    "WAP01_NETWORK SERVICE_usercert.txt",
    "WAP01_store_root.txt",
    "WAP01_store_ca.txt",
    "WAP01_store_my.txt",
}


def files_of(server, farm=None, **plan):
    farm = farm or farm_of("healthy")
    return server_files(farm, farm.servers[server], Plan(**plan))


def test_the_article_has_ten_outputs_of_a_proxy():
    assert set(files_of("WAP01", form="article")) == ARTICLE_WAP


def test_an_ad_fs_node_has_the_three_cmdlets_and_its_own_accounts_and_one_has_the_tenant():
    names = set(files_of("STS01", form="article"))

    assert {"STS01_authprovider.txt", "STS01_claimstrust.txt", "STS01_rptrust.txt"} <= names
    assert {"STS01_STS01$_SubCA.txt", "STS01_gmsa-adfs$_usercert.txt"} <= names
    assert {"entra_trustedca.txt", "entra_federation_contoso.test.txt"} <= names
    assert not any(name.startswith("entra") for name in files_of("STS02"))


def test_the_script_gives_documents_and_exported_stores_and_names_accounts_in_its_own_way():
    names = set(files_of("WAP01", form="script"))

    assert {"WAP01_host.json", "WAP01_wap.json", "WAP01_store_root.pem", "WAP01_store_ca.pem"} <= names
    assert {"WAP01_SYSTEM_SubCA.txt", "WAP01_NETWORKSERVICE_usercert.txt", "SubCA.cer", "usercert.cer"} <= names
    assert {"STS01_adfs.json", "entra.json", "STS01_gmsa-adfs$_SubCA.txt"} <= set(files_of("STS01", form="script"))


def test_a_store_without_certificates_is_an_empty_file():
    files = files_of("WAP01", form="script")

    assert files["WAP01_store_disallowed.pem"] == b""
    assert files["WAP01_store_ca.pem"].count(b"-----BEGIN CERTIFICATE-----\r\n") == 4


def test_both_is_what_people_typed_with_the_scripts_files_beside():
    names = set(files_of("WAP01"))

    assert names > ARTICLE_WAP
    assert {"WAP01_host.json", "WAP01_store_root.pem", "SubCA.cer"} <= names
    assert "WAP01_SYSTEM_SubCA.txt" not in names


def test_the_script_has_no_lines_broken():
    text = files_of("STS01", form="script", style=Style(encoding="utf-8"))["STS01_claimstrust.txt"].decode()

    assert 'c:[Type == "http://schemas.microsoft.com/2012/12/certificatecontext/field/issuer"]' in text


def test_the_hosts_document_says_which_windows_and_which_urls():
    host = json.loads(files_of("WAP01", style=Style(windows="2016"))["WAP01_host.json"])

    assert host["OperatingSystem"]["BuildNumber"] == "14393"
    assert host["IpListen"] == []
    assert "HTTPS://+:49443/ADFS/" in [row["Url"] for row in host["UrlRegistrations"]]
    assert {"ROOT", "CA", "MY", "DISALLOWED"} <= set(host["Stores"])


@pytest.mark.parametrize(
    ("fault", "gone"),
    [
        ('fault = "service-stopped"\nservers = ["WAP01"]', {443, 49443, 80}),
        ('fault = "listener-closed"\nservers = ["WAP01"]', {49443}),
    ],
)
def test_what_does_not_run_or_listen_has_no_url_registered(fault, gone):
    host = json.loads(files_of("WAP01", farm_with(fault))["WAP01_host.json"])

    assert {int(row["Url"].split(":")[2].split("/")[0]) for row in host["UrlRegistrations"]} == {80, 443, 49443} - gone


def test_what_nobody_collected_is_in_no_file():
    farm = farm_of("unknown")

    assert "WAP01_49443.txt" not in files_of("WAP01", farm)
    assert not set(files_of("STS01", farm)) & {"STS01_adfs.json", "STS01_authprovider.txt", "entra_trustedca.txt"}


def test_a_secondary_says_that_it_is_none_of_its_business():
    text = printed(farm_of("healthy"), "STS02", "rptrust.txt")

    assert text.startswith("Get-AdfsRelyingPartyTrust : PS0033: This cmdlet cannot be executed from a secondary")
    assert "FullyQualifiedErrorId :" in text


def test_long_values_wrap_below_themselves_and_claim_rules_stay_rules():
    text = printed(farm_of("healthy"), "STS01", "rptrust.txt", width=80)

    assert max(map(len, text.splitlines())) <= 80
    joined = "".join(line.strip() for line in text.splitlines())
    assert "http://schemas.microsoft.com/2012/12/certificatecontext/field/issuer" in joined


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "oem", "ansi"])
def test_every_language_can_be_written_in_each_of_its_encodings(language, encoding):
    style = Style(language=language, encoding=encoding)
    page = {"utf-8": "utf-8", "utf-16": "utf-16", "oem": style.words.oem, "ansi": style.words.ansi}[encoding]

    for name, data in files_of("STS01", form="article", style=style).items():
        text = data.decode(page)
        assert "\ufffd" not in text
        assert "?" not in text.replace("?wa=", ""), name


@pytest.mark.parametrize(("windows", "rows"), [("2012r2", 13), ("2016", 15), ("2019", 15), ("2022", 23), ("2025", 24)])
def test_newer_windows_prints_more_of_a_binding(windows, rows):
    text = printed(farm_of("healthy"), "WAP01", "sslcert.txt", windows=windows)

    first = text.split("\r\n\r\n")[2].split("    Extended Properties:")[0]
    assert len(first.strip().splitlines()) == rows
    assert ("Extended Properties" in text) == WINDOWS[windows].extended_properties


@pytest.mark.parametrize("scenario", packaged())
def test_every_scenario_can_be_written(scenario):
    farm = farm_of(scenario)

    for name, files in farm_files(farm, Plan()).items():
        assert all(file.startswith((f"{name}_", "entra", "SubCA.cer", "usercert.cer")) for file in files)
        empty = [file for file, data in files.items() if not data and "_store_" not in file]
        assert empty == []


def test_the_same_instant_and_seed_give_the_same_bytes(tmp_path):
    for folder in ("a", "b"):
        arguments = ["--to", str(tmp_path / folder), "--at", "2026-11-23T10:00Z", "--seed", "7"]
        assert main(["evidence", "--scenario", "demo", "--zip", *arguments]) == 0

    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [f"farmsight-{name}-20261123T100000Z.zip" for name in ("STS01", "STS02", "WAP01", "WAP02")]
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in names)


def test_flat_is_one_folder_and_files_bear_the_time_of_collecting(tmp_path):
    write({"WAP01": {"WAP01_a.txt": b"1"}, "WAP02": {"WAP02_a.txt": b"2"}}, tmp_path, NOW, flat=True)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["WAP01_a.txt", "WAP02_a.txt"]
    assert (tmp_path / "WAP01_a.txt").stat().st_mtime == NOW.timestamp()


def test_flat_and_zipped_is_one_zip(tmp_path):
    write({"WAP01": {"WAP01_a.txt": b"1"}, "WAP02": {"WAP02_a.txt": b"2"}}, tmp_path, NOW, flat=True, zipped=True)

    with zipfile.ZipFile(tmp_path / "evidence.zip") as archive:
        assert archive.namelist() == ["WAP01_a.txt", "WAP02_a.txt"]
        assert archive.infolist()[0].date_time == NOW.timetuple()[:6]


def test_each_server_may_have_its_own_language_encoding_and_windows(tmp_path):
    arguments = ["evidence", "--to", str(tmp_path), "--form", "article", "--language", "fr", "--as", "WAP02=de:ansi"]
    assert main([*arguments, "--as", "STS02=en:utf-16:2016", "--at", "2026-11-23T10:00"]) == 0

    assert "Abhören" in (tmp_path / "WAP02/WAP02_49443.txt").read_text(encoding="cp1252")
    assert "Écouter" in (tmp_path / "WAP01/WAP01_49443.txt").read_text(encoding="cp850")
    assert (tmp_path / "STS02/STS02_sslcert.txt").read_bytes()[:2] == b"\xff\xfe"


@pytest.mark.parametrize("wrong", ["WAP09=de", "WAP02=tlh", "WAP02=de:ebcdic", "WAP02=de:oem:nt4", "WAP02"])
def test_a_style_that_there_is_not_is_refused_with_what_there_is(wrong, tmp_path, capsys):
    assert main(["evidence", "--to", str(tmp_path / "x"), "--as", wrong]) == 2

    assert f"--as {wrong}: " in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_the_proxy_is_the_machines():
    farm = farm_with('fault = "proxy"\nservers = ["WAP02"]\nbypass = "*.contoso.test"')

    text = printed(farm, "WAP02", "winhttp.txt")
    assert "Proxy Server(s) :  proxy.contoso.test:8080" in text
    assert "Bypass List     :  *.contoso.test" in text
    assert "Direct" in printed(farm, "WAP01", "winhttp.txt")


def test_a_wrapped_console_breaks_the_long_lines_only():
    assert wrapped("abcdef\r\nab\r\n", 4) == "abcd\r\nef\r\nab\r\n"
