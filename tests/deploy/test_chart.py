"""The Helm chart: what its values may be, and, where `helm` is installed, what comes of them."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

CHART = Path(__file__).parents[2] / "deploy" / "kubernetes" / "farmsight"
GIVEN: dict[str, Any] = {
    "image": {"repository": "registry.example/farmsight-collector", "tag": "1"},
    "names": ["collector.contoso.com"],
}
HELM = shutil.which("helm")


def merged(values: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    out = dict(values)
    for key, value in given.items():
        out[key] = merged(out[key], value) if isinstance(value, dict) and isinstance(out.get(key), dict) else value
    return out


@pytest.fixture
def values() -> dict[str, Any]:
    return merged(yaml.safe_load((CHART / "values.yaml").read_text()), GIVEN)


def test_the_values_fit_their_schema_and_nothing_unknown_does(values: dict[str, Any]) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    known = jsonschema_rs.validator_for(schema)
    known.validate(values)
    for wrong in ({"replica": 2}, {"replicas": 0}, {"names": []}, {"image": {"tag": ""}}, {"names": ["a b"]},
                  {"agents": {"service": {"type": "ExternalName"}}}, {"backup": {"enabled": True}},
                  {"backup": {"keep": 0}}):  # fmt: skip
        assert not known.is_valid(merged(values, wrong)), wrong


def test_every_value_that_a_template_uses_is_there_and_every_value_is_used(values: dict[str, Any]) -> None:
    templates = "".join(path.read_text() for path in (CHART / "templates").iterdir())
    for path in set(re.findall(r"\.Values\.([A-Za-z.]+)", templates)):
        at: Any = values
        for part in path.split("."):
            assert part in at, path
            at = at[part]
    used = {path.split(".")[0] for path in re.findall(r"\.Values\.([A-Za-z.]+)", templates)}
    assert used == set(values)


def test_no_secret_is_made_by_the_chart() -> None:
    assert not any("kind: Secret" in path.read_text() for path in (CHART / "templates").iterdir())


def test_a_backup_runs_as_unprivileged_as_a_collector_and_gets_no_requests_of_agents() -> None:
    text = (CHART / "templates" / "backup.yaml").read_text()
    for must in ("runAsNonRoot: true", "readOnlyRootFilesystem: true", "drop: [ALL]", "concurrencyPolicy: Forbid",
                 "app.kubernetes.io/name: farmsight-backup", "automountServiceAccountToken: false"):  # fmt: skip
        assert must in text, must
    assert 'include "farmsight.selector"' not in text, "services would send agents to it"


@pytest.mark.skipif(HELM is None, reason="the chart was not rendered: no helm")
def test_what_is_rendered_keeps_collectors_small_apart_and_unprivileged(tmp_path: Path) -> None:
    (tmp_path / "given.yaml").write_text(yaml.safe_dump(GIVEN))
    command = [
        str(HELM),
        "template",
        "demo",
        str(CHART),
        "--kube-version",
        "1.30.0",
        "-f",
        str(tmp_path / "given.yaml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    made = {one["kind"]: one for one in yaml.safe_load_all(done.stdout) if one["kind"] != "Service"}
    assert made.keys() == {"Deployment", "PodDisruptionBudget", "NetworkPolicy", "ConfigMap"}

    pod = made["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert container["readinessProbe"]["exec"]["command"] == ["farmsight-collector", "health"]
    assert container["resources"]["limits"]["memory"] == "2Gi"
    assert made["PodDisruptionBudget"]["spec"]["minAvailable"] == 1
    assert made["NetworkPolicy"]["spec"]["policyTypes"] == ["Ingress", "Egress"]
