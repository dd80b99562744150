"""The compose files: valid, restricted, with settings that exist, and served by the image."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.release.image import ENVIRONMENT, USER

from pki_manager import __version__
from pki_manager.settings import Settings
from tests.judges.deployment import require_compose_schema, require_folder, run_judge
from tests.judges.services import require
from tests.services.podman import run_with_podman
from tests.support.releases import get_shared_image

FOLDER = Path(__file__).parents[2] / "deploy" / "compose"
PLAIN, POSTGRESQL = "compose.yaml", "compose.postgresql.yaml"
PORTS = {ENVIRONMENT[name].rpartition(":")[2] for name in ("PKIM_TLS_BIND", "PKIM_STATUS_BIND")}


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [PLAIN, POSTGRESQL])
def test_compose_files_are_valid_by_the_schema_of_the_specification(name: str, tmp_path: Path) -> None:
    (tmp_path / "compose.json").write_text(json.dumps(read(name)))
    judged = run_judge("jsonschema", "--instance", tmp_path / "compose.json", require_compose_schema())
    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize("name", [PLAIN, POSTGRESQL])
def test_variables_of_compose_files_are_settings(name: str) -> None:
    known = {f"PKIM_{field.upper()}" for field in Settings.model_fields}
    used = {key for service in read(name)["services"].values() for key in service["environment"]}
    assert {key for key in used if key.startswith("PKIM_")} <= known


@pytest.mark.parametrize("name", [PLAIN, POSTGRESQL])
def test_containers_of_compose_files_have_no_privileges(name: str) -> None:
    for service in read(name)["services"].values():
        if "image" in service:
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
            assert service["security_opt"] == ["no-new-privileges"]
            assert not service["user"].startswith("0")


@pytest.mark.parametrize("name", [PLAIN, POSTGRESQL])
def test_secrets_of_compose_files_are_files_that_some_container_uses(name: str) -> None:
    document = read(name)
    assert all(list(secret) == ["file"] for secret in document["secrets"].values())
    used = {secret for service in document["services"].values() for secret in service["secrets"]}
    assert used == set(document["secrets"])


def test_the_compose_file_fits_the_image() -> None:
    services = read(PLAIN)["services"]
    assert {service["image"] for service in services.values()} == {f"${{PKI_IMAGE:-pki-manager:{__version__}}}"}
    assert {service["user"] for service in services.values()} == {f"{USER}:{USER}"}
    assert {port.rpartition(":")[2] for port in services["pki-manager"]["ports"]} == PORTS
    mounts = {mount.partition(":")[2] for service in services.values() for mount in service["volumes"]}
    assert mounts == {str(Path(ENVIRONMENT["PKIM_HOME"]).parent)}


def test_both_compose_files_together_run_each_container_on_postgresql(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PKI_HOST=pki.example.test\n")
    options = ("--podman-path", require("podman"), "--env-file", tmp_path / ".env")
    files = ("--file", FOLDER / PLAIN, "--file", FOLDER / POSTGRESQL)
    shown = run_judge("podman_compose", *options, *files, "config", directory=tmp_path)
    assert shown.returncode == 0, shown.stderr
    services = yaml.safe_load(shown.stdout)["services"]
    assert set(services) == {"init", "upgrade", "pki-manager", "postgresql"}
    for name in ("init", "upgrade", "pki-manager"):
        assert services[name]["environment"]["PKIM_DATABASE_URL"].startswith("postgresql+psycopg://")
        assert services[name]["environment"]["PKIM_MASTER_PASSPHRASE_FILE"] == "/run/secrets/master-passphrase"


_SCRIPT = """
install -m 0400 -o 10001 /dev/stdin secrets/master-passphrase <<< 'a passphrase of the test'
podman load --quiet --input image.oci.tar
export PYTHONPATH={judges} PKI_HOST=pki.example.test PKI_ORGANIZATION="Example Ltd"
compose() {{ {python} -m podman_compose "$@"; }}
compose up --detach
for _ in $(seq 120); do curl --silent --fail http://localhost:8081/healthz && break; sleep 0.5; done
compose exec -T pki-manager pkim status
compose exec -T pki-manager pkim ca chain "Example Ltd Issuing CA" --out - > chain.pem
curl --silent --show-error --fail --cacert chain.pem --connect-to ::127.0.0.1: -H 'Accept: text/html' https://pki.example.test:8443/
compose exec -T pki-manager pkim-health
compose down
compose up --detach
for _ in $(seq 120); do curl --silent --fail http://localhost:8081/healthz && break; sleep 0.5; done
compose exec -T pki-manager pkim ca show "Example Ltd Issuing CA" --output name
compose down --volumes
echo "compose: end"
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can build an image")
def test_the_compose_file_starts_an_installation_that_outlives_its_containers(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """Started by podman-compose, in a network namespace with published ports."""
    shutil.copy(FOLDER / PLAIN, tmp_path)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "image.oci.tar").hardlink_to(get_shared_image(tmp_path_factory))
    ended = run_with_podman(_SCRIPT.format(judges=require_folder(), python=sys.executable), tmp_path)
    assert ended.returncode == 0, ended.stdout
    assert '<div id="root">' in ended.stdout
    assert "compose: end" in ended.stdout
