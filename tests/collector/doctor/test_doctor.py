"""What an operator is told of a collector: each thing, how it is, and what to do."""

import json
import os
import socket
import sqlite3
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from farmsight_collector import lock
from farmsight_collector.cli.collector import main
from farmsight_collector.clock import micros
from farmsight_collector.config import Listen
from farmsight_collector.doctor import step as steps
from farmsight_collector.doctor.agent_steps import Agents
from farmsight_collector.doctor.examination import Examination
from farmsight_collector.doctor.step import FailedError, SkippedError, Step, UnknownError, some
from farmsight_collector.entra import registration
from farmsight_collector.store import agents as agent_rows
from farmsight_collector.store import audit, schema
from farmsight_collector.store.engine import Store, open_store
from farmsight_collector.version import VERSION
from tests.fakes.agents import new_key, pem_of
from tests.fakes.incoming import enrolled
from tests.fakes.live_collector import FARM, initialise, running
from tests.fakes.replicas import folders

NOW = datetime.now(UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    initialise(folder)
    return folder


def looked_at(data: Path, at: datetime | None = None) -> dict[str, Step]:
    return {step.step: step for step in Examination(data, at or datetime.now(UTC)).steps()}


def test_of_a_collector_that_is_well_nothing_fails(tmp_path: Path, capsys) -> None:
    data = tmp_path / "data"
    with running(data) as collector, collector.stream(collector.enrol()) as stream, lock.held(data, otherwise=""):
        stream.hello()
        for _ in range(500):  # the collector writes its figures beside everything else
            if (data / "metrics.prom").exists():
                break
            time.sleep(0.02)
        found = looked_at(data)

    assert {name: step.says for name, step in found.items() if step.state == "failed"} == {}
    assert {"listener telemetry", "listener query", "writer queue", "integrity"} <= {
        name for name, step in found.items() if step.state == "ok"
    }
    assert "answers by TLSv1.3" in found["listener telemetry"].says
    assert "1 agents connected" in found["writer queue"].says or "0 agents connected" in found["writer queue"].says
    assert found["backup"].state == "unknown"


def test_every_step_that_fails_says_what_to_do_and_the_exit_code_tells(data: Path, capsys) -> None:
    assert main(["doctor", "--data", str(data), "--json"]) == 1

    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "farmsight.collector-doctor/1"
    assert told["state"] == "failed"
    failed = [step for step in told["steps"] if step["state"] == "failed"]
    assert [step["step"] for step in failed] == ["process"]
    assert all(step["remedy"] for step in failed)


def test_people_read_a_line_a_step_and_what_to_do_below_it(data: Path, capsys) -> None:
    main(["doctor", "--data", str(data)])

    lines = capsys.readouterr().out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("failed   process:"))
    assert lines[at + 1].startswith("         -> systemctl start")
    assert lines[-1] == "failed: process"


def test_a_folder_without_a_collector_is_said_to_be_one(tmp_path: Path) -> None:
    found = looked_at(tmp_path)
    assert "init --data" in found["settings"].says
    assert found["database"].says == "needs: settings"


def test_settings_are_named_with_everything_that_is_wrong(data: Path) -> None:
    with (data / "collector.toml").open("a") as file:
        file.write('\n[retention]\nfacts_days = 0\nsamples = "x"\n')
    says = looked_at(data)["settings"].says
    assert "retention.facts_days" in says
    assert "retention.samples" in says


@pytest.mark.parametrize("name", ["ca.key", "server.key", "query-token", "store.db", "metrics-token"])
def test_a_secret_that_others_may_read_is_named(data: Path, name: str) -> None:
    (data / name).touch()
    (data / name).chmod(0o640)
    step = looked_at(data)["private files"]
    assert (step.state, step.says) == ("failed", f"others may read {name}")
    assert step.remedy == f"chmod -R go-rwx {data}"


def test_a_folder_that_everybody_may_write_to_is_named(data: Path) -> None:
    data.chmod(0o777)
    assert "everybody may write" in looked_at(data)["private files"].says


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_owner_is_named(data: Path) -> None:
    os.chown(data / "ca.key", 65534, 65534)
    assert "ca.key" in looked_at(data)["private files"].says


def test_a_key_that_is_not_the_certificates_is_named(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    initialise(other)
    (data / "ca.key").write_bytes((other / "ca.key").read_bytes())
    found = looked_at(data)
    assert found["CA"].state == "failed"
    assert found["server certificate"].says == "needs: CA"


def test_a_certificate_that_was_not_renewed_in_time_is_named(data: Path) -> None:
    leaf = x509.load_pem_x509_certificates((data / "server.crt").read_bytes())[0]
    life = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    assert looked_at(data, leaf.not_valid_before_utc + life * 0.7)["server certificate"].state == "ok"
    late = looked_at(data, leaf.not_valid_before_utc + life * 0.8)["server certificate"]
    assert "should have been renewed" in late.says


def test_a_name_in_the_settings_that_the_certificate_lacks_is_named(data: Path) -> None:
    settings = data / "collector.toml"
    settings.write_text(settings.read_text().replace('["localhost"]', '["localhost", "farm.contoso.com"]'))
    assert "lacks farm.contoso.com" in looked_at(data)["server certificate"].says


def test_a_port_that_another_program_has_is_named(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = data / "collector.toml"
        settings.write_text(
            settings.read_text().replace('telemetry = "127.0.0.1:0"', f'telemetry = "127.0.0.1:{port}"')
        )
        step = looked_at(data)["listener telemetry"]
    assert step.state == "failed"
    assert f"sport = :{port}" in step.remedy


def test_a_listener_that_answers_as_another_is_named(data: Path, tmp_path: Path) -> None:
    with running(tmp_path / "other") as other, lock.held(data, otherwise=""):
        (data / "addresses.json").write_text(json.dumps(other.addresses))
        step = looked_at(data)["listener telemetry"]
    assert step.state == "failed"
    assert "do not trust" in step.says


def test_a_store_that_is_damaged_is_said_to_be(data: Path) -> None:
    with sqlite3.connect(data / "store.db") as store:
        rows = [(number, "x", "y", "z", "d" * 500) for number in range(400)]
        store.executemany("INSERT INTO audit (at, actor, action, target, detail) VALUES (?, ?, ?, ?, ?)", rows)
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (size,) = store.execute("PRAGMA page_size").fetchone()
    store.close()
    content = bytearray((data / "store.db").read_bytes())
    for end in (size * 3, size * 2, size):  # the last pages hold those rows, and nothing of the schema
        content[len(content) - end : len(content) - end + 64] = b"\xff" * 64
    (data / "store.db").write_bytes(content)
    step = looked_at(data)["integrity"]
    assert step.state == "failed"
    assert "restore the newest backup" in step.remedy


def test_a_schema_of_a_newer_version_is_named(data: Path) -> None:
    with sqlite3.connect(data / "store.db") as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    found = looked_at(data)
    assert "newer version" in found["schema"].says
    assert found["agents heard"].says == "needs: schema"


def test_a_schema_of_an_older_version_is_left_alone(data: Path) -> None:
    with sqlite3.connect(data / "store.db") as store:
        store.execute("UPDATE alembic_version SET version_num = '0006'")
    assert "make a backup first" in looked_at(data)["schema"].says
    with sqlite3.connect(data / "store.db") as store:
        assert store.execute("SELECT version_num FROM alembic_version").fetchone() == ("0006",), "nothing was migrated"


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path, data: Path) -> None:
    settings = data / "collector.toml"
    url = "postgresql+psycopg://ada:hunter2@127.0.0.1:1/farm"
    settings.write_text(f'database = "{url}"\n' + settings.read_text())
    step = looked_at(data)["database"]
    assert step.state == "failed"
    assert "hunter2" not in step.says


def test_old_data_that_stays_is_named(data: Path) -> None:
    store = open_store(f"sqlite:///{data / 'store.db'}")
    with store.write() as connection:
        audit.note(connection, at=NOW - timedelta(days=500), actor="x", action="y", target="z")
    store.close()
    assert looked_at(data)["retention"].state == "failed"


def test_backups_are_told_of_and_old_ones_are_not_enough(data: Path, tmp_path: Path) -> None:
    assert main(["backup", "--data", str(data), "--to", str(tmp_path / "b.tar.gz")]) == 0
    fresh = looked_at(data)["backup"]
    assert (fresh.state, str(tmp_path / "b.tar.gz") in fresh.says) == ("ok", True)
    assert looked_at(data, datetime.now(UTC) + timedelta(days=8))["backup"].state == "failed"


def test_a_channel_whose_receiver_is_away_is_named_and_nothing_is_sent_to_one_that_is_there(data: Path) -> None:
    with socket.socket() as receiver, (data / "collector.toml").open("a") as settings:
        receiver.bind(("127.0.0.1", 0))
        receiver.listen()
        (data / "secret").write_text("0123456789abcdef")
        for name, port in (("there", receiver.getsockname()[1]), ("away", 1)):
            settings.write(
                f'[[alerts.channel]]\ntype = "webhook"\nname = "{name}"\nurl = "http://127.0.0.1:{port}/x"\n'
                'secret_file = "secret"\n'
            )
        settings.write('[[alerts.channel]]\ntype = "syslog"\nname = "log"\nserver = "127.0.0.1:1"\ntransport = "udp"\n')
        settings.flush()
        found = looked_at(data)
        receiver.settimeout(10)
        connection, _ = receiver.accept()
        assert connection.recv(10) == b"", "a connection, and not a word"
        connection.close()
    assert found["alerts by there"].state == "ok"
    assert found["alerts by away"].state == "failed"
    assert found["alerts by log"].state == "unknown", "UDP answers nothing"


def test_a_secret_of_a_channel_that_is_not_there_is_named(data: Path) -> None:
    with (data / "collector.toml").open("a") as settings:
        settings.write(
            '[[alerts.channel]]\ntype = "webhook"\nname = "hook"\nurl = "http://127.0.0.1:1/"\nsecret_file = "none"\n'
        )
    assert "none can't be read" in looked_at(data)["alerts by hook"].says


def tenant(data: Path, name: str, kind: str, secrets: dict[str, bytes]) -> None:
    one = registration.Registration(
        name=name,
        farm=FARM,
        tenant="contoso.com",
        client_id=str(uuid.uuid4()),
        kind=kind,
        voice=name,  # type: ignore[arg-type]
    )
    registration.save(data, one, secrets)


def test_credentials_of_tenants_are_told_before_they_end(data: Path) -> None:
    key = new_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "collector")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(NOW - timedelta(days=1))
    leaf = builder.not_valid_after(NOW + timedelta(days=60)).sign(key, hashes.SHA256())
    pem = leaf.public_bytes(serialization.Encoding.PEM) + pem_of(key)
    tenant(data, "by-certificate", "certificate", {registration.CREDENTIAL: pem})
    tenant(data, "by-secret", "secret", {registration.SECRET: b"x"})
    tenant(data, "lost", "certificate", {})
    tenant(data, "signed-in", "device-code", {registration.TOKENS: b"{}"})
    tenant(data, "nobody", "device-code", {})

    found = looked_at(data, NOW)
    states = {name.removeprefix("tenant "): step.state for name, step in found.items() if name.startswith("tenant ")}
    assert states == {
        "by-certificate": "ok", "by-secret": "unknown", "lost": "failed", "signed-in": "ok", "nobody": "failed",
    }  # fmt: skip
    late = looked_at(data, NOW + timedelta(days=50))["tenant by-certificate"]
    assert late.state == "failed"
    assert "upload the next certificate" in late.remedy


def seen(store: Store, server: str, version: str, *, ago: timedelta = timedelta(0), offset_s: float = 0.0) -> None:
    agent = enrolled(store, server=server)
    told = agent_rows.Seen(
        agent_id=agent.id, at=NOW - ago, version=version, platform="x", clock_offset_us=int(offset_s * 1e6)
    )
    with store.write() as connection:
        agent_rows.mark_seen(connection, [told])
        connection.execute(schema.agents.update().values(not_after=micros(NOW + timedelta(days=5))))


def failure(test: object) -> str:
    with pytest.raises(FailedError) as found:
        test()  # type: ignore[operator]
    return f"{found.value.says} -> {found.value.remedy}"


def test_agents_that_are_silent_or_too_old_or_newer_are_named(store: Store) -> None:
    seen(store, "WAP01", VERSION)
    assert "all 1 were heard" in Agents(store, NOW).heard()
    assert "1 same" in Agents(store, NOW).versions()
    seen(store, "WAP02", VERSION, ago=timedelta(hours=2))
    assert "1 of 2 are silent: WAP02" in failure(Agents(store, NOW).heard)
    seen(store, "WAP03", "99.0.0")
    assert "upgrade the collector" in failure(Agents(store, NOW).versions)
    seen(store, "WAP04", "0.0.1")
    assert "behind" in steps.tested("x", Agents(store, NOW).versions).says


def test_clocks_are_judged_by_the_median_of_enough_agents(store: Store) -> None:
    seen(store, "WAP01", VERSION, offset_s=600)
    with pytest.raises(UnknownError, match="fewer than 3"):
        Agents(store, NOW).clocks()
    seen(store, "WAP02", VERSION)
    seen(store, "WAP03", VERSION)
    assert "+0.0 s" in Agents(store, NOW).clocks(), "one clock that is wrong is that server's"
    seen(store, "WAP04", VERSION, offset_s=61)
    seen(store, "WAP05", VERSION, offset_s=62)
    assert "set this machine's clock" in failure(Agents(store, NOW).clocks)


def test_without_agents_the_first_step_is_named(store: Store) -> None:
    with pytest.raises(SkippedError, match="token create"):
        Agents(store, NOW).heard()


def test_replicas_on_a_postgresql_are_named_and_a_farm_that_nobody_has(postgres_url: str, tmp_path: Path) -> None:
    (data,) = folders(tmp_path, postgres_url, "first")
    assert "no collector lives" in looked_at(data)["replicas"].says
    store = open_store(postgres_url)
    with store.write() as connection:
        row = {"name": f"farm:{FARM}", "holder": "dead", "generation": 1, "since": 0, "revision": 0}
        connection.execute(schema.claims.insert(), [row])
    store.close()
    found = looked_at(data)
    assert f"nobody has {FARM}" in found["replicas"].says
    assert found["integrity"].state == "skipped"
    assert found["room"].state == "skipped"


def test_a_step_that_breaks_tells_nothing_of_what_it_looked_at() -> None:
    def breaks() -> str:
        raise ZeroDivisionError("x")

    assert steps.tested("x", breaks).state == "unknown"
    assert some(map(str, range(9))) == "0, 1, 2, 3, 4, 5 and 3 more"


def test_nothing_is_changed_by_looking(data: Path) -> None:
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.suffix not in (".db-shm", ".db-wal")}
    looked_at(data)
    after = {path.name: path.read_bytes() for path in data.iterdir() if path.suffix not in (".db-shm", ".db-wal")}
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == set()


def test_a_listener_that_is_off_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    off = Listen(telemetry="127.0.0.1:0", query="127.0.0.1:0", web="off")
    with running(data, changed=lambda config: replace(config, listen=off)), lock.held(data, otherwise=""):
        assert looked_at(data)["listener web"].state == "skipped"
