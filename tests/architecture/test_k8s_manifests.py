"""What the Kubernetes base must hold; checked on the files themselves, so it needs no cluster and no tool."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from notifier.webhooks.urls import parse

BASE = Path(__file__).parents[2] / "deploy/k8s"
SERVICES = {"intake", "sla-engine", "escalation", "notifier", "projections"}
KINDS = {
    "Namespace": "v1",
    "ServiceAccount": "v1",
    "ConfigMap": "v1",
    "Service": "v1",
    "Deployment": "apps/v1",
    "Job": "batch/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
}
Manifest = dict[str, Any]


def manifests(*kinds: str) -> list[Manifest]:
    files = [path for path in sorted(BASE.glob("*.yaml")) if path.name != "kustomization.yaml"]
    documents = [document for path in files for document in yaml.safe_load_all(path.read_text())]
    return [document for document in documents if not kinds or document["kind"] in kinds]


def pods() -> list[Any]:
    return [
        pytest.param(manifest["spec"]["template"], id=manifest["metadata"]["name"])
        for manifest in manifests("Deployment", "Job")
    ]


def services() -> list[Any]:
    return [pytest.param(manifest, id=manifest["metadata"]["name"]) for manifest in manifests("Deployment")]


def named(kind: str, name: str) -> Manifest:
    (found,) = [manifest for manifest in manifests(kind) if manifest["metadata"]["name"] == name]
    return found


def test_the_kustomization_lists_every_file_once() -> None:
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == sorted(p.name for p in BASE.glob("*.yaml") if p.name != "kustomization.yaml")


def test_only_known_kinds_in_their_stable_version_are_used() -> None:
    assert {(m["kind"], m["apiVersion"]) for m in manifests()} <= set(KINDS.items())


def test_no_two_manifests_share_kind_and_name() -> None:
    names = [(m["kind"], m["metadata"]["name"]) for m in manifests()]
    assert len(names) == len(set(names))


def test_no_secret_is_contained_here() -> None:
    assert not manifests("Secret")
    for template in (m["spec"]["template"] for m in manifests("Deployment", "Job")):
        for variable in template["spec"]["containers"][0].get("env", []):
            word = variable["name"]
            secret = any(part in word for part in ("URL", "TOKEN", "PASSWORD"))
            assert not secret or "secretKeyRef" in variable["valueFrom"], word


def test_the_namespace_enforces_the_restricted_standard() -> None:
    (namespace,) = manifests("Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_production_never_runs_with_demo_credentials() -> None:
    (config,) = manifests("ConfigMap")
    assert config["data"]["APP_ENV"] == "production"
    assert all(isinstance(value, str) for value in config["data"].values())


@pytest.mark.parametrize("template", pods())
def test_each_pod_is_restricted(template: Manifest) -> None:
    spec = template["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    assert all("hostPath" not in volume for volume in spec.get("volumes", []))
    for container in spec["containers"] + spec.get("initContainers", []):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("template", pods())
def test_each_container_says_what_it_needs_and_its_memory_is_bounded(template: Manifest) -> None:
    for container in template["spec"]["containers"]:
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
        mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
        assert mounted == {volume["name"] for volume in template["spec"].get("volumes", [])}


def test_there_is_one_deployment_per_service() -> None:
    assert {m["metadata"]["name"] for m in manifests("Deployment")} == SERVICES


@pytest.mark.parametrize("deployment", services())
def test_each_service_has_all_three_probes(deployment: Manifest) -> None:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    ports = {port["name"] for port in container["ports"]}
    paths = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    for probe, path in paths.items():
        assert container[probe]["httpGet"]["path"] == path
        assert container[probe]["httpGet"]["port"] in ports


@pytest.mark.parametrize("deployment", services())
def test_each_service_is_selected_by_its_own_service_and_budget(deployment: Manifest) -> None:
    name = deployment["metadata"]["name"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    own = {"app.kubernetes.io/name": name}
    assert own.items() <= labels.items()
    assert deployment["spec"]["selector"]["matchLabels"] == own
    assert named("Service", name)["spec"]["selector"] == own
    assert named("PodDisruptionBudget", name)["spec"]["selector"]["matchLabels"] == own
    assert deployment["spec"]["replicas"] > 1


@pytest.mark.parametrize("deployment", services())
def test_each_service_listens_where_the_others_look_for_it(deployment: Manifest) -> None:
    name = deployment["metadata"]["name"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    (config,) = manifests("ConfigMap")
    port = container["ports"][0]["containerPort"]
    assert config["data"][f"{name.replace('-', '_').upper()}_URL"] == f"http://{name}:{port}"
    assert {"name": "PORT", "value": str(port)} in container["env"]
    assert named("Service", name)["spec"]["ports"][0]["port"] == port


def test_everything_is_denied_first() -> None:
    deny = named("NetworkPolicy", "deny-all")["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_each_network_policy_selects_pods_that_exist() -> None:
    labels = [template.values[0]["metadata"]["labels"] for template in pods()]
    for policy in manifests("NetworkPolicy"):
        wanted = policy["spec"]["podSelector"].get("matchLabels", {})
        assert any(wanted.items() <= found.items() for found in labels), policy["metadata"]["name"]


def test_only_the_notifier_reaches_outside_and_never_inwards() -> None:
    for policy in manifests("NetworkPolicy"):
        for rule in policy["spec"].get("egress", []):
            for peer in rule["to"]:
                if "ipBlock" in peer:
                    selected = policy["spec"]["podSelector"]["matchLabels"]
                    assert selected == {"app.kubernetes.io/name": "notifier"}
                    inner = {"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"}
                    block = peer["ipBlock"]
                    # Of IPv6 global unicast alone, which no inner network has.
                    assert block["cidr"] == "2000::/3" or inner <= set(block["except"])


@pytest.mark.parametrize("port", [443, 1024, 8443, 65535])
def test_a_webhook_that_may_be_registered_can_be_reached(port: int) -> None:
    assert parse(f"https://hooks.example.org:{port}/in", local=False).port == port
    (rule,) = named("NetworkPolicy", "notifications")["spec"]["egress"]
    let_out = [(each["port"], each.get("endPort", each["port"])) for each in rule["ports"]]
    assert any(first <= port <= last for first, last in let_out)
    assert {ip_network(peer["ipBlock"]["cidr"]).version for peer in rule["to"]} == {4, 6}
