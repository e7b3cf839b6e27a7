"""The manifests of examples/kubernetes: valid, of one piece, and as strict as the cluster's standard asks for."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml", reason="pyyaml is not installed; scripts/check installs it")
kubernetes = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")

EXAMPLES = Path(__file__).parents[2] / "examples/kubernetes"
KUSTOMIZATIONS = sorted(EXAMPLES.rglob("kustomization.yaml"))
FOLDER = EXAMPLES / "one-worker"
MANIFESTS = sorted(FOLDER.glob("[!k]*.yaml"))
OLDEST = (1, 28)

Manifest = dict[str, Any]


def versions() -> list[str]:
    """Of Kubernetes, those whose schemas are known, from the oldest on that the examples are for."""
    known = sorted({tuple(map(int, version.split(".")[:2])) for version in kubernetes.utils.all_versions()})
    return [".".join(map(str, version)) for version in known if version >= OLDEST]


def read(path: Path) -> Manifest:
    manifest: Manifest = yaml.safe_load(path.read_text())
    return manifest


def named(kind: str) -> Manifest:
    (found,) = (manifest for manifest in map(read, MANIFESTS) if manifest["kind"] == kind)
    return found


def pods() -> Iterator[Manifest]:
    """The pods that the manifests describe."""
    for manifest in map(read, MANIFESTS):
        if "template" in manifest.get("spec", {}):
            yield manifest["spec"]["template"]


def environment(container: Manifest) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container.get("env", [])}


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_each_manifest_is_valid_for_all_versions(path: Path) -> None:
    assert {"1.28", "1.37"} <= set(versions())
    for version in versions():
        kubernetes.validate(read(path), version, strict=True)


def test_an_unknown_property_is_found() -> None:
    """Else the test above could not fail."""
    wrong = named("Deployment")
    wrong["spec"]["template"]["spec"]["terminationGracePeriod"] = 30
    with pytest.raises(kubernetes.ValidationError):
        kubernetes.validate(wrong, versions()[0], strict=True)


def test_every_manifest_is_a_resource_but_that_of_the_migration() -> None:
    resources = {FOLDER / name for name in read(FOLDER / "kustomization.yaml")["resources"]}
    assert resources == set(MANIFESTS) - {FOLDER / "migrate.yaml"}


@pytest.fixture(params=KUSTOMIZATIONS, ids=lambda path: path.parent.name)
def built(request: pytest.FixtureRequest) -> list[Manifest]:
    """What kubectl makes of a kustomization."""
    if "KUBECTL" not in os.environ:
        pytest.skip("KUBECTL names no program; nix build .#checks.….examples has one")
    command = [os.environ["KUBECTL"], "kustomize", str(request.param.parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return list(yaml.safe_load_all(done.stdout))


def test_what_kubectl_makes_of_it_is_valid(built: list[Manifest]) -> None:
    assert len(built) == len(MANIFESTS) - 1
    for manifest in built:
        kubernetes.validate(manifest, versions()[-1], strict=True)
        assert manifest["kind"] == "Namespace" or manifest["metadata"]["namespace"] == "my-app"
        for pod in [manifest["spec"]["template"]["spec"]] if manifest["kind"] == "Deployment" else []:
            assert [*broken_rules(pod)] == []
            (container,) = pod["containers"]
            assert re.fullmatch("registry.example/team/my-app@sha256:0{64}", container["image"])
            # Of several workers, there are as many as the limit of CPU allows.
            assert ("WEB_CONCURRENCY" in environment(container)) != ("cpu" in container["resources"]["limits"])


def test_the_image_is_named_by_its_digest() -> None:
    (image,) = read(FOLDER / "kustomization.yaml")["images"]
    assert {container["image"] for container in named("Deployment")["spec"]["template"]["spec"]["containers"]} == {
        image["name"]
    }
    (container,) = named("Job")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"{image['newName']}@{image['digest']}"


def test_selectors_and_names_meet() -> None:
    deployment = named("Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert named("Service")["spec"]["selector"] == labels
    assert named("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert named("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    target = named("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", deployment["metadata"]["name"])
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    (port,) = container["ports"]
    assert named("Service")["spec"]["ports"][0]["targetPort"] == port["name"]
    assert named("NetworkPolicy")["spec"]["ingress"][0]["ports"][0]["port"] == port["name"]
    assert str(port["containerPort"]) == environment(container)["PORT"]


def password(pod: Manifest) -> tuple[str, str]:
    """The name of the secret and the key in it that the pod's container reads as the database's password."""
    (container,) = pod["containers"]
    folder, _, key = environment(container)["DATABASE_PASSWORD_FILE"].rpartition("/")
    (mount,) = (mount for mount in container["volumeMounts"] if mount["mountPath"] == folder)
    assert mount["readOnly"] is True
    (volume,) = (volume for volume in pod["volumes"] if volume["name"] == mount["name"])
    return volume["secret"]["secretName"], key


def test_all_read_the_password_from_the_secret_that_the_user_makes() -> None:
    ((name, key),) = {password(pod["spec"]) for pod in pods()}
    text = (FOLDER / "deployment.yaml").read_text()
    assert f"kubectl --namespace my-app create secret generic {name} --from-file={key}\n" in text
    assert "Secret" not in {read(path)["kind"] for path in MANIFESTS}


def test_all_reach_the_database() -> None:
    (host,) = {environment(*pod["spec"]["containers"])["DATABASE_HOST"] for pod in pods()}
    to = [peer for rule in named("NetworkPolicy")["spec"]["egress"] for peer in rule["to"]]
    assert {"podSelector": {"matchLabels": {"app.kubernetes.io/name": host}}} in to


def test_a_pod_has_the_time_to_end() -> None:
    spec = named("Deployment")["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    _, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
    needed = int(seconds) + int(environment(container)["GRACEFUL_TIMEOUT"])
    assert needed < spec["terminationGracePeriodSeconds"]


# The pod security standard "restricted", rule by rule. `pod` is the spec of a pod, `container` one of its containers.
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def broken_rules(pod: Manifest) -> Iterator[str]:
    of_pod = pod.get("securityContext", {})
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            yield name
    for volume in pod.get("volumes", []):
        if volume.keys() - {"name"} - VOLUMES:
            yield f"volume {volume['name']}"
    if of_pod.get("sysctls"):
        yield "sysctls"
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        context = {**of_pod, **container.get("securityContext", {})}
        capabilities = context.get("capabilities", {})
        rules = {
            "privileged": not context.get("privileged"),
            "allowPrivilegeEscalation": context.get("allowPrivilegeEscalation") is False,
            "runAsNonRoot": context.get("runAsNonRoot") is True,
            "runAsUser": context.get("runAsUser") != 0,
            "seccompProfile": context.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost"),
            "capabilities.drop": "ALL" in capabilities.get("drop", []),
            "capabilities.add": set(capabilities.get("add", [])) <= {"NET_BIND_SERVICE"},
            "procMount": context.get("procMount", "Default") == "Default",
            "hostPort": not any(port.get("hostPort") for port in container.get("ports", [])),
        }
        yield from (f"{container['name']}: {name}" for name, holds in rules.items() if not holds)


def test_pods_keep_the_rules_of_restricted() -> None:
    assert named("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert [list(broken_rules(pod["spec"])) for pod in pods()] == [[], []]


def test_pods_cannot_write_but_to_their_volumes() -> None:
    for pod in pods():
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert pod["spec"]["automountServiceAccountToken"] is False


@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_a_probe_waits_longer_than_the_health_check_does(probe: str) -> None:
    (container,) = named("Deployment")["spec"]["template"]["spec"]["containers"]
    seconds = re.search(r"^SECONDS = (\d+)$", (EXAMPLES.parents[1] / "runtime/healthcheck").read_text(), re.MULTILINE)
    assert container[probe]["exec"]["command"] == ["healthcheck"]
    assert seconds and container[probe]["timeoutSeconds"] > int(seconds[1])
