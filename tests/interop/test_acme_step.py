"""The step command line as an ACME client. It knows no external account binding, so that it needs an open key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.judges.services import require
from tests.services.acme_site import Site, acme_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with acme_site(tmp_path_factory.mktemp("step")) as one:
        yield one


def test_step_orders_twice_although_it_sends_the_zero_time_of_go_as_both_dates(site: Site) -> None:
    name = "step.example.com"
    site.resolves(name)
    site.server.installation.run("acme", "eab", "create", "--name", "open", "--expires", "P1D", "--open")
    chain, key = site.folder / "step.crt", site.folder / "step.key"
    order = [
        require("step"), "ca", "certificate", name, chain, key, "--force", "--acme", site.directory(),
        "--standalone", "--http-listen", f"127.0.0.1:{site.http_port}",
    ]  # fmt: skip
    home = {"SSL_CERT_FILE": str(site.root), "STEPPATH": str(site.folder / "step")}
    site.run(*order, **home)
    first = site.judged(chain, name)
    site.run(*order, **home)
    second = site.judged(chain, name)
    assert first.serial_number != second.serial_number
    assert site.becomes(second, "good")
