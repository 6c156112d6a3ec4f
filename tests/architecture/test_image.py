"""The image and docker-compose.yml: what they contain, and that they agree with the rest."""

import re
from pathlib import Path
from typing import Any

import yaml

from stack.prerequisites import TO_PRINT

ROOT = Path(__file__).parents[2]
PORTS = {"intake": 8001, "sla-engine": 8002, "escalation": 8003, "notifier": 8004, "projections": 8005}


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_the_image_runs_the_versions_that_the_tests_ran() -> None:
    everything = pins("requirements.lock").items()
    assert pins("deploy/image/requirements.lock").items() <= everything
    assert pins("deploy/image/build.lock").items() <= everything


def test_the_image_has_what_the_services_need_and_no_tool() -> None:
    project = (ROOT / "pyproject.toml").read_text().split("[project.optional-dependencies]")[0]
    needed = set(re.findall(r'^  "([A-Za-z0-9._-]+)', project, re.MULTILINE))
    held = pins("deploy/image/requirements.lock").keys()
    assert {name.lower() for name in needed} <= held
    assert not held & {"pytest", "ruff", "mypy", "supervisor", "uv"}


def test_no_lock_names_a_registry() -> None:
    for lock in ("requirements.lock", "deploy/image/requirements.lock", "deploy/image/build.lock"):
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", (ROOT / lock).read_text())


def test_the_image_runs_as_an_unprivileged_user() -> None:
    users = re.findall(r"^USER (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users and not users[-1].startswith(("0", "root"))


def test_the_image_has_what_prints_records_as_a_checkout_has() -> None:
    final = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert set(TO_PRINT) <= set(final.split())


def test_compose_runs_every_service_on_its_port_after_the_jobs() -> None:
    services = compose()["services"]
    for name, port in PORTS.items():
        assert services[name]["environment"]["PORT"] == str(port)
        assert services[name]["environment"]["SERVICE"] == name.replace("-", "_")
        assert {"migrate", "topics"} <= services[name]["depends_on"].keys()
    assert services["kafka"]["image"].startswith("apache/kafka:")
    assert services["postgres"]["image"].startswith("postgres:")


def test_compose_listens_on_this_machine_alone() -> None:
    for name, service in compose()["services"].items():
        assert "ports" not in service, name
        assert service.get("environment", {}).get("HOST", "127.0.0.1") == "127.0.0.1"
    assert "listen_addresses=127.0.0.1" in compose()["services"]["postgres"]["command"]


def test_compose_waits_only_for_what_it_has() -> None:
    services = compose()["services"]
    for service in services.values():
        assert service.get("depends_on", {}).keys() <= services.keys()


def test_kafka_is_the_same_version_with_and_without_containers() -> None:
    pom = (ROOT / "deploy/local/kafka/pom.xml").read_text()
    found = re.search(r"<kafka\.version>(.+)</", pom)
    assert found and compose()["services"]["kafka"]["image"] == f"apache/kafka:{found[1]}"
