"""What `ops/` and the Compose file hold loads, is hardened, and uses metrics that exist."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.setting_sources import is_secret
from app.settings import Settings
from domain.metrics import METRICS, MetricKind
from storage.schema import REVISION

ROOT = Path(__file__).parent.parent.parent
OPS = ROOT / "ops"
DASHBOARD = OPS / "grafana" / "dashboards" / "limner.json"
BUILT_IN = {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "up"}
yaml: Any = pytest.importorskip("yaml")


def series() -> dict[str, tuple[str, ...]]:
    """The names under which Prometheus finds the metrics, with their labels."""
    found: dict[str, tuple[str, ...]] = {}
    for metric in METRICS:
        if metric.kind is MetricKind.HISTOGRAM:
            for end in ("_bucket", "_sum", "_count"):
                found[metric.name + end] = (*metric.labels, "le")
        else:
            found[metric.name] = metric.labels
    return found


def expressions() -> Iterator[str]:
    """Every expression of the alerts and the dashboard."""
    for group in yaml.safe_load((OPS / "prometheus" / "alerts.yml").read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_metric_and_label_of_an_expression_exists(expression: str) -> None:
    known = series()
    for name, selector in re.findall(r"\b(limner_\w+)(\{[^}]*\})?", expression):
        assert name in known, name
        labels = set(re.findall(r"(\w+)\s*=", selector))
        assert labels <= {*known[name], "job", "instance"}, (name, labels)
    others = set(re.findall(r"\b(?:process_\w+|up)\b", expression))
    assert others <= BUILT_IN
    grouped = {
        part.strip()
        for by in re.findall(r"(?:by|on) \(([^)]*)\)", expression)
        for part in by.split(",")
    }
    labels = {label for name in re.findall(r"limner_\w+", expression) for label in known[name]}
    assert grouped <= {*labels, "instance", "le"}


def test_every_metric_is_on_the_dashboard() -> None:
    shown = DASHBOARD.read_text()
    assert [metric.name for metric in METRICS if metric.name not in shown] == []


def test_every_alert_says_what_to_do_and_stands_in_the_guide() -> None:
    guide = (ROOT / "docs" / "howto" / "operate.md").read_text()
    for group in yaml.safe_load((OPS / "prometheus" / "alerts.yml").read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"]["summary"]
            assert rule["annotations"]["description"]
            assert f"`{rule['alert']}`" in guide


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "alerts.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
)
def test_prometheus_takes_its_files(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        ["promtool", *arguments],
        cwd=OPS / "prometheus",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
        "services"
    ]
    return found


@pytest.mark.parametrize("name", sorted(services()))
def test_every_container_is_hardened(name: str) -> None:
    service = services()[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["stop_grace_period"]
    assert "healthcheck" in service
    if name != "vllm":  # compiles kernels into its home, as root of its own image
        assert service["read_only"] is True
        assert not str(service["user"]).startswith("0")
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:"), "nothing is open to the network by default"
    plain = {k: str(v) for k, v in service.get("environment", {}).items()}
    secret = {f"LIMNER_{n.upper()}" for n, f in Settings.model_fields.items() if is_secret(f)}
    assert not secret & plain.keys()
    assert not any("PASSWORD" in k and not k.endswith("_FILE") for k in plain)


def settings_named(text: str) -> set[str]:
    """Names of settings in a file that are none."""
    known = {f"LIMNER_{name.upper()}" for name in Settings.model_fields}
    files = {f"LIMNER_{n.upper()}_FILE" for n, f in Settings.model_fields.items() if is_secret(f)}
    return set(re.findall(r"\bLIMNER_[A-Z0-9_]+", text)) - known - files


@pytest.mark.parametrize(
    "path",
    [ROOT / "docker-compose.yml", ROOT / "Dockerfile", *sorted(OPS.rglob("*.*"))],
    ids=lambda path: path.name,
)
def test_every_setting_that_a_file_names_exists(path: Path) -> None:
    if path.is_file():
        assert settings_named(path.read_text()) == set()


def manifests() -> list[dict[str, Any]]:
    files = sorted((OPS / "kubernetes").glob("*.yaml"))
    return [each for file in files for each in yaml.safe_load_all(file.read_text()) if each]


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for manifest in manifests():
        spec = manifest.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            yield manifest["metadata"]["name"], spec["template"]["spec"]


@pytest.mark.parametrize(("name", "pod"), list(pods()))
def test_every_pod_is_hardened_and_probed(name: str, pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    [container] = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"]
    if name in ("surfaces", "research", "generation"):
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_kubernetes_takes_its_files() -> None:
    validate: Any = pytest.importorskip("kubernetes_validate")
    for manifest in manifests():
        validate.validate(manifest, "1.34", strict=True)


def test_what_is_scaled_exists_and_scales_by_a_metric_that_exists() -> None:
    deployments = {m["metadata"]["name"] for m in manifests() if m["kind"] == "Deployment"}
    scalers = [m["spec"] for m in manifests() if m["kind"] == "HorizontalPodAutoscaler"]
    assert {s["scaleTargetRef"]["name"] for s in scalers} == {"research", "generation"}
    for scaler in scalers:
        assert scaler["scaleTargetRef"]["name"] in deployments
        [metric] = scaler["metrics"]
        assert metric["external"]["metric"]["name"] in series()


@pytest.mark.parametrize("path", sorted((OPS / "systemd").iterdir()), ids=lambda path: path.name)
def test_units_are_whole(path: Path) -> None:
    class Repeated(dict[str, str]):
        """Keeps the last of several equal names, as several files of settings have."""

    parser = configparser.RawConfigParser(strict=False, dict_type=Repeated)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    assert parser.has_option("Unit", "Description")
    if path.suffix == ".service":
        assert parser["Service"]["NoNewPrivileges"] == "yes"
        assert parser["Service"]["ProtectSystem"] == "strict"
        assert parser["Service"]["User"] == "limner"


def test_the_newest_migrations_only_add() -> None:
    """Processes of the earlier version go on with the new tables during a rolling restart."""
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        if path.name[:4] > "0017":
            upgrade = path.read_text().partition("def upgrade")[2].partition("def downgrade")[0]
            found = re.findall(r"op\.(drop_table|drop_column|rename_table|execute)\b", upgrade)
            assert found == [], f"{path.name} takes away what the earlier version needs"
    assert REVISION > "0017"
