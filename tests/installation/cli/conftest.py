"""A real installation for commands, in process and over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from pki_manager.authority.installation.initialize import FirstHierarchy
from pki_manager.bootstrap import initialize, open_installation
from pki_manager.protocols.rest.app import PREFIX, create_rest
from pki_manager.settings import load
from tests.installation.cli.program import Pkim, serving
from tests.support.csrs import make_csr


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "home"
    initialize(load(path, {}), FirstHierarchy(root_key_type="ECDSA-P256"))
    return path


@pytest.fixture(scope="session")
def server_url(home: Path) -> Iterator[str]:
    """The REST door behind a real socket, on the same installation."""
    installation = open_installation(load(home, {}), slot="worker-1")
    app = Starlette(routes=[Mount(PREFIX, app=create_rest(lambda: installation.ctx))])
    with serving(app) as url:
        yield url
    installation.close()


@pytest.fixture
def local(home: Path) -> Pkim:
    return Pkim(("--home", str(home)))


@pytest.fixture(scope="session")
def token_file(home: Path) -> Path:
    local = Pkim(("--home", str(home)))
    made = local.json("token", "create", "--name", "remote", "--role", "administrator", "--expires", "P1D")
    path = home.parent / "token"
    path.write_text(made["token"] + "\n")
    return path


@pytest.fixture
def remote(server_url: str, token_file: Path) -> Pkim:
    return Pkim(("--url", server_url, "--token-file", str(token_file)))


@pytest.fixture(params=["local", "remote"])
def pkim(request: pytest.FixtureRequest) -> Pkim:
    found: Pkim = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def csr(tmp_path: Path) -> Path:
    path = tmp_path / "www.csr"
    path.write_text(make_csr("www.example.com"))
    return path
