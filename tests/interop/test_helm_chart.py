"""The Helm chart: valid by Kubernetes' schemas, restricted, and its containers, as rendered, run with the image."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.release.image import ENVIRONMENT, USER

from pki_manager import __version__
from pki_manager.settings import Settings
from tests.judges.deployment import run_judge
from tests.judges.services import require
from tests.services.podman import RESTRICTIONS, Podman, load_image, podman, wait_until_healthy
from tests.services.postgresql import PostgresServer
from tests.support.releases import get_shared_image

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "pki-manager"
HOST = "pki.example.test"
NEEDED = {
    "publicUrl": f"https://{HOST}",
    "publicStatusUrl": f"http://{HOST}",
    "masterKey": {"existingSecret": "pki-master-key"},
    "installation": {"organization": "Example: Ltd"},
}
OPTIONAL = {
    "networkPolicy": {"enabled": True, "from": [{"podSelector": {}}]},
    "serviceMonitor": {"enabled": True, "tokenSecret": {"name": "token"}, "caConfigMap": {"name": "root"}},
    "database": {"existingSecret": "pki-database", "keystoreUrlKey": "keystore-url", "caSecret": "database-ca"},
    "settings": {"PKIM_WORKERS": 2},
    "antiAffinity": "preferred",
    "persistence": {"enabled": False},
    "priorityClassName": "high",
    "extraEnv": [{"name": "TZ", "value": "UTC"}],
    "podAnnotations": {"example.test/a": "b"},
    "nodeSelector": {"disk": "ssd"},
}
HIGHLY_AVAILABLE = ("--values", str(CHART / "values-ha.yaml"))
KINDS = [((), {}), (HIGHLY_AVAILABLE, {}), ((), OPTIONAL)]
NAMES = ["default", "highly_available", "all_options"]
KUBERNETES = ("1.29", "1.37")
"""The oldest and the newest version whose schemas judge the chart."""


def helm(*arguments: str | Path, values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    command = [require("helm"), *arguments, "--kube-version", KUBERNETES[0], "--values", "-"]
    return subprocess.run(command, input=json.dumps(values), capture_output=True, text=True, check=False, timeout=60)


def render(options: tuple[str, ...] = (), **values: Any) -> list[dict[str, Any]]:
    done = helm("template", "pki", CHART, *options, values=NEEDED | values)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def find(documents: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    [document] = [document for document in documents if document["kind"] == kind]
    return document


def read_pod(documents: list[dict[str, Any]]) -> dict[str, Any]:
    pod: dict[str, Any] = find(documents, "StatefulSet")["spec"]["template"]["spec"]
    return pod


def list_containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod["initContainers"], *pod["containers"]]


@pytest.mark.parametrize(("options", "values"), KINDS, ids=NAMES)
def test_the_chart_passes_helm_lint(options: tuple[str, ...], values: dict[str, Any]) -> None:
    judged = helm("lint", "--strict", CHART, *options, values=NEEDED | values)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "[ERROR]" not in judged.stdout
    assert "[WARNING]" not in judged.stdout


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize(("options", "values"), KINDS, ids=NAMES)
def test_rendered_documents_are_valid_by_the_schemas_of_kubernetes(
    options: tuple[str, ...], values: dict[str, Any], version: str, tmp_path: Path
) -> None:
    documents = render(options, **values)
    # Kubernetes has no schema of it: it is a custom resource of the Prometheus Operator.
    known = [document for document in documents if document["kind"] != "ServiceMonitor"]
    (tmp_path / "rendered.yaml").write_text(yaml.safe_dump_all(known))
    judged = run_judge("kubernetes_validate", "--strict", "-k", version, tmp_path / "rendered.yaml")
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "Couldn't find schema" not in judged.stdout + judged.stderr


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"publicUrl": ""}, "publicUrl and publicStatusUrl are required"),
        ({"publicStatusUrl": "https://status.example.test"}, "publicStatusUrl"),
        ({"masterKey": {"existingSecret": ""}}, "masterKey.existingSecret is required"),
        ({"replicas": 2}, "replicas above 1 require"),
        ({"persistence": {"enabled": False}}, "CA keys would be lost"),
        ({"serviceMonitor": {"enabled": True}}, "serviceMonitor.tokenSecret.name"),
        ({"settings": {"LOG_LEVEL": "debug"}}, "LOG_LEVEL"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_values_that_cannot_work_are_refused_with_the_reason(values: dict[str, Any], message: str) -> None:
    refused = helm("template", "pki", CHART, values=NEEDED | values)
    assert refused.returncode != 0
    assert message in refused.stderr


@pytest.mark.parametrize(("options", "values"), KINDS, ids=NAMES)
def test_pods_meet_the_restricted_pod_security_standard(options: tuple[str, ...], values: dict[str, Any]) -> None:
    pod = read_pod(render(options, **values))
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == USER
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in list_containers(pod):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert {next(iter(volume.keys() - {"name"})) for volume in pod["volumes"]} <= {"emptyDir", "secret"}


@pytest.mark.parametrize(("options", "values"), KINDS, ids=NAMES)
def test_variables_of_the_chart_are_settings(options: tuple[str, ...], values: dict[str, Any]) -> None:
    known = {f"PKIM_{field.upper()}" for field in Settings.model_fields}
    for container in list_containers(read_pod(render(options, **values))):
        names = [row["name"] for row in container["env"]]
        assert len(names) == len(set(names))
        assert {name for name in names if name.startswith("PKIM_")} <= known


def test_the_chart_fits_the_image_and_the_version() -> None:
    documents = render()
    pod = read_pod(documents)
    ports = {port["name"]: port["containerPort"] for port in pod["containers"][0]["ports"]}
    bound = {name: int(ENVIRONMENT[f"PKIM_{name.upper()}_BIND"].rpartition(":")[2]) for name in ports}
    assert ports == bound
    assert {container["image"] for container in list_containers(pod)} == {f"pki-manager:{__version__}"}
    targets = {port["targetPort"] for one in documents if one["kind"] == "Service" for port in one["spec"]["ports"]}
    assert targets == set(ports)
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    assert mounts["data"] == str(Path(ENVIRONMENT["PKIM_HOME"]).parent)


def test_several_servers_share_postgresql_and_run_on_different_nodes() -> None:
    documents = render(HIGHLY_AVAILABLE)
    replicas = find(documents, "StatefulSet")["spec"]["replicas"]
    assert replicas >= 2
    assert find(documents, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    pod = read_pod(documents)
    [rule] = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert rule["topologyKey"] == "kubernetes.io/hostname"
    for container in list_containers(pod):
        secrets = {row["name"]: row.get("valueFrom", {}).get("secretKeyRef") for row in container["env"]}
        assert secrets["PKIM_DATABASE_URL"] == {"name": "pki-manager-database", "key": "database-url"}
        assert secrets["PKIM_KEYSTORE_URL"] == {"name": "pki-manager-database", "key": "keystore-url"}


class Kubelet:
    """Runs the containers of a rendered pod with Podman, with volumes as Kubernetes prepares them."""

    def __init__(self, engine: Podman, image: str, folder: Path, mounts: dict[Path, str]) -> None:
        self._engine = engine
        self._image = image
        self._folder = folder
        self._mounts = mounts
        self._secret = folder / "master"
        self._secret.mkdir()
        (self._secret / "master.passphrase").write_text("a passphrase of the test")
        # As a Secret is mounted with defaultMode 0440 and an fsGroup.
        os.chown(self._secret / "master.passphrase", 0, USER)
        (self._secret / "master.passphrase").chmod(0o440)

    def start(self, pod: dict[str, Any], name: str, secrets: dict[str, str]) -> int:
        """Run the init containers to their ends, and start the server; its process ID."""
        data = self._folder / name
        data.mkdir()
        os.chown(data, 0, pod["securityContext"]["fsGroup"])
        data.chmod(0o2770)
        for container in pod["initContainers"]:
            self._engine.run("run", "--rm", *self._options(pod, container, name, secrets))
        [server] = pod["containers"]
        self._engine.run("run", "--detach", "--name", name, *self._options(pod, server, name, secrets))
        wait_until_healthy(self._engine, name)
        process: int = self._engine.inspect(name)["State"]["Pid"]
        return process

    def _options(self, pod: dict[str, Any], container: dict[str, Any], name: str, secrets: dict[str, str]) -> list[str]:
        places = {"data": self._folder / name, "master-key": self._secret}
        options = ["--network", "none", "--add-host", f"{HOST}:127.0.0.1", *RESTRICTIONS]
        context = pod["securityContext"]
        options += ["--user", f"{context['runAsUser']}:{context['runAsGroup']}", "--hostname", name]
        for mount in container["volumeMounts"]:
            if mount["name"] != "tmp":
                mode = "ro" if mount.get("readOnly") else "rw"
                options += ["--volume", f"{places[mount['name']]}:{mount['mountPath']}:{mode}"]
        for source, path in self._mounts.items():
            options += ["--volume", f"{source}:{path}"]
        for row in container["env"]:
            options += ["--env", f"{row['name']}={_resolve(row, name, secrets)}"]
        return [*options, self._image, *container["args"]]


def _resolve(row: dict[str, Any], name: str, secrets: dict[str, str]) -> str:
    if "value" in row:
        return str(row["value"])
    source = row["valueFrom"]
    return name if source.get("fieldRef") == {"fieldPath": "metadata.name"} else secrets[source["secretKeyRef"]["key"]]


def probe(process: int, container: dict[str, Any], kind: str) -> str:
    """The HTTP status that a kubelet sees, in the network of the container."""
    check = container[kind]["httpGet"]
    [port] = [port["containerPort"] for port in container["ports"] if port["name"] == check["port"]]
    url = f"{check.get('scheme', 'HTTP').lower()}://127.0.0.1:{port}{check['path']}"
    curl = [require("curl"), "--silent", "--insecure", "--output", os.devnull, "--write-out", "%{http_code}", url]
    command = [require("nsenter"), "--target", str(process), "--net", *curl]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout


@pytest.fixture
def engine() -> Iterator[Podman]:
    with podman() as engine:
        yield engine


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can build an image")
def test_two_pods_of_the_chart_serve_one_installation_on_postgresql(
    engine: Podman, postgresql: PostgresServer, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """The containers run as rendered, and respond to the rendered probes; the second pod joins the first."""
    image = load_image(engine, get_shared_image(tmp_path_factory))
    postgresql.directory.chmod(0o711)
    names = {key: postgresql.create_database() for key in ("database-url", "keystore-url")}
    secrets = {key: f"postgresql+psycopg://postgres@/{name}?host=/run/postgresql" for key, name in names.items()}
    kubelet = Kubelet(engine, image, tmp_path, {postgresql.directory: "/run/postgresql"})
    pod = read_pod(render(HIGHLY_AVAILABLE))
    for name in ("pki-0", "pki-1"):
        process = kubelet.start(pod, name, secrets)
        [server] = pod["containers"]
        statuses = {kind: probe(process, server, f"{kind}Probe") for kind in ("startup", "liveness", "readiness")}
        assert statuses == dict.fromkeys(("startup", "liveness", "readiness"), "200")
    status = json.loads(engine.run("exec", "pki-1", "pkim", "status", "--output", "json"))
    assert {node["name"] for node in status["nodes"]} == {"pki-0", "pki-1"}
    shown = [engine.run("exec", name, "pkim", "ca", "list", "--output", "name") for name in ("pki-0", "pki-1")]
    assert shown[0] == shown[1] != ""
    engine.run("exec", "pki-0", *server["lifecycle"]["preStop"]["exec"]["command"])
