from __future__ import annotations

import asyncio
import errno
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.installation.queries import EXPIRY_WINDOWS, get_counts
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights.tokens import create_token
from pki_manager.authority.status.crls import get_current_crl
from pki_manager.bootstrap import Installation
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import ConfigurationInvalid, StorageUnavailable
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.rights.actor import Role, build_system_actor
from pki_manager.server.app import AccessLog, create_app
from pki_manager.server.connection_gate import ConnectionGate, Refusals
from pki_manager.server.metrics import Metrics
from pki_manager.server.tls import LiveTls
from pki_manager.settings import load
from pki_manager.worker.worker import Worker
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

OUTSIDE = ("192.0.2.7", 4711)


def client(
    installation: Installation, *, peer: tuple[str, int] = ("127.0.0.1", 4711), proxy: bool = False
) -> TestClient:
    worker = Worker(installation)
    worker.tick()
    tls = LiveTls(installation)
    tls.refresh()
    metrics = Metrics(installation.ctx, worker, "worker-1")
    app = create_app(
        installation.ctx,
        worker,
        tls,
        metrics,
        behind_proxy=proxy,
        hosts={"testserver", *installation.settings.host_names},
        is_stopping=lambda: False,
    )
    return TestClient(app, client=peer)


@pytest.fixture(autouse=True)
def released(installation: Installation) -> Iterator[None]:
    yield
    installation.scheduler.resign()


def bearer(ctx: Context, role: Role) -> dict[str, str]:
    new, _ = create_token(ctx, ADMIN, f"a {role}", role, Duration.parse("P1D"))
    return {"Authorization": f"Bearer {new.secret}"}


def test_healthz_says_that_we_live_and_is_not_cached(installation: Installation) -> None:
    answer = client(installation).get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("protocol", "path"),
    [("acme", "/acme/Issuing%20CA/tls-server/directory"), ("est", "/.well-known/est/issuing-ca.tls-server/cacerts")],
)
def test_a_protocol_that_is_switched_off_is_not_found(installation: Installation, protocol: str, path: str) -> None:
    assert client(installation).get(path).status_code in (200, 403)
    config = installation.ctx.config
    others = frozenset(one for one in config.enrollment_protocols if one != protocol)
    off = replace(installation, ctx=replace(installation.ctx, config=replace(config, enrollment_protocols=others)))
    for method in ("GET", "POST"):
        assert client(off).request(method, path).status_code == 404


def test_readyz_tells_each_part(installation: Installation) -> None:
    answer = client(installation).get("/readyz")
    assert answer.status_code == 200
    told = answer.json()
    # How full the disk of this machine is, is not ours.
    assert told["parts"].pop("disk_space")["state"] in {"ok", "low"}
    assert told == {
        "ready": True,
        "leader": "host",
        "parts": {
            "database": {"state": "ok"},
            "disk": {"state": "ok"},
            "clock": {"state": "ok"},
            "published": {"state": "ok"},
            "crl": {"state": "ok"},
            "ocsp_signer": {"state": "ok"},
            "key_backend:embedded": {"state": "ok"},
            "worker": {"state": "ok"},
            "tls_certificate": {"state": "ok"},
        },
    }


def test_readyz_is_503_while_the_database_is_away_and_healthz_is_not(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = client(installation)

    def away() -> None:
        raise StorageUnavailable("the database at secret-host is away")

    monkeypatch.setattr(installation.ctx.ports.storage, "check", away)
    answer = ready.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == {"state": "away"}
    assert "secret-host" not in answer.text
    assert ready.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("free", "flags", "state"), [(0, 0, "full"), (1 << 30, os.ST_RDONLY, "read_only")], ids=["full", "read-only"]
)
def test_readyz_is_503_while_the_disk_cannot_be_written(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, free: int, flags: int, state: str
) -> None:
    ready = client(installation)
    found = SimpleNamespace(f_bavail=free, f_frsize=1, f_flag=flags, f_blocks=1 << 40)
    monkeypatch.setattr(os, "statvfs", lambda _: found)
    answer = ready.get("/readyz")
    assert answer.status_code == 503
    part = answer.json()["parts"]["disk"]
    assert part["state"] == state
    assert part["reason"].startswith("The ")


def test_readyz_is_503_while_a_failed_disk_refuses_new_files_without_the_read_only_flag(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, original = client(installation), os.open

    def refuse(path: str | Path, flags: int, *more: int) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EROFS, "Read-only file system")
        return original(path, flags, *more)

    monkeypatch.setattr(os, "open", refuse)
    answer = ready.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["disk"]["state"] == "read_only"


def test_metrics_are_prometheus_text_with_our_prefix(installation: Installation) -> None:
    reader = client(installation)
    reader.get("/healthz")
    answer = reader.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"pkim_[a-z_]+(\{.*\})? [-+.0-9e]+", line) for line in lines)
    assert 'pkim_part_up{part="database"} 1.0' in lines
    assert any(line.startswith('pkim_disk_free_bytes{path="') for line in lines)
    assert 'pkim_worker_leading{process="worker-1"} 1.0' in lines
    assert 'pkim_worker_validations_running{process="worker-1"} 0.0' in lines
    assert 'pkim_http_requests_total{method="GET",process="worker-1",status="200"} 1.0' in lines


def test_metrics_name_the_ends_that_an_operator_watches(installation: Installation) -> None:
    ctx = installation.ctx
    order = Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com"))
    enroll(ctx, ADMIN, order)
    reader = client(installation)
    samples = read_samples(reader.get("/metrics").text)
    now = ctx.ports.clock.now().timestamp()
    for name in ("pkim_ca_not_after", "pkim_crl_next_update", "pkim_ocsp_signer_not_after"):
        for ca in ("Root CA", "Issuing CA"):
            assert samples[f'{name}_timestamp_seconds{{ca="{ca}"}}'] > now
    view = show_ca(ctx, ADMIN, "Issuing CA")
    shown = samples['pkim_ca_not_after_timestamp_seconds{ca="Issuing CA"}']
    assert shown == view.keys[0].certificates[0].validity.not_after.timestamp()
    crl = samples['pkim_crl_next_update_timestamp_seconds{ca="Issuing CA"}']
    assert crl == get_current_crl(ctx, ADMIN, "Issuing CA").next_update.timestamp()
    assert samples["pkim_tls_not_after_timestamp_seconds"] > now
    issued = f'pkim_issued_total{{ca="Issuing CA",process="worker-1",profile="tls-server",via="{ADMIN.via}"}}'
    assert samples[issued] == 1
    for days in EXPIRY_WINDOWS:
        assert f'pkim_certificates_expiring{{days="{days}"}}' in samples


def test_certificates_that_expire_are_counted_within_each_window(installation: Installation) -> None:
    ctx = installation.ctx

    def expiring() -> dict[int, int]:
        return get_counts(ctx, build_system_actor("metrics")).expiring

    before = expiring()
    validity = ValidityRequest(duration=Duration.parse("P10D"))
    order = Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("a.example.com"), validity=validity)
    enroll(ctx, ADMIN, order)
    assert {days: number - before[days] for days, number in expiring().items()} == {1: 0, 7: 0, 14: 1, 30: 1}


def test_a_duty_that_does_not_fail_is_a_metric_of_0(installation: Installation) -> None:
    samples = read_samples(client(installation).get("/metrics").text)
    for duty in ("crl", "ocsp_signers", "tls_certificate", "validations", "ocsp_responses"):
        assert samples[f'pkim_worker_duty_failing{{duty="{duty}",process="worker-1"}}'] == 0


def read_samples(text: str) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_metrics_go_on_without_the_database(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = client(installation)

    def away(*_: object) -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(installation.ctx.ports.storage, "check", away)
    monkeypatch.setattr(installation.ctx.ports.storage, "read", away)
    answer = reader.get("/metrics")
    assert answer.status_code == 200
    assert 'pkim_part_up{part="database"} 0.0' in answer.text
    assert "pkim_certificates" not in answer.text


@pytest.mark.parametrize(
    ("role", "status"), [(Role.ADMINISTRATOR, 200), (Role.AUDITOR, 200), (Role.REQUESTER, 403), (None, 401)]
)
def test_metrics_from_elsewhere_need_the_permission(installation: Installation, role: Role | None, status: int) -> None:
    headers = bearer(installation.ctx, role) if role else {}
    assert client(installation, peer=OUTSIDE).get("/metrics", headers=headers).status_code == status


def test_enr_09_behind_a_proxy_nobody_is_local(installation: Installation) -> None:
    assert client(installation, proxy=True).get("/metrics").status_code == 401
    spoofed = client(installation, peer=OUTSIDE).get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})
    assert spoofed.status_code == 401


def test_rest_is_mounted_and_every_answer_has_one_request_id(installation: Installation) -> None:
    answer = client(installation).get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/nothing", "/api", "/api/v1", "/healthz/", "//healthz", "/metrics;x"])
def test_aut_19_other_paths_are_problems_and_redirect_nowhere(installation: Installation, path: str) -> None:
    answer = client(installation, peer=OUTSIDE).get(f"http://testserver{path}", follow_redirects=False)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_access_log_names_the_request_and_leaves_the_query_out(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="pki_manager.access"):
        client(installation).get("/api/v1/certificates?query=secret.example.com")
    [record] = [record for record in caplog.records if record.name == "pki_manager.access"]
    assert (record.__dict__["path"], record.__dict__["status"]) == ("/api/v1/certificates", 401)
    assert "secret.example.com" not in str(record.__dict__)


@pytest.mark.parametrize(
    "target", ["/healthz", "/nothing", "/", "/api/v1/me", "/api/v1/nothing", "/api/v1/cas/%0a", "/%0a"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_web_12_every_answer_has_the_security_headers(installation: Installation, target: str, scheme: str) -> None:
    answer = client(installation).get(f"{scheme}://localhost{target}")
    headers = answer.headers
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers.get("strict-transport-security") == ("max-age=31536000" if scheme == "https" else None)
    if answer.status_code >= 400:
        assert headers["content-type"] == "application/problem+json"


def test_refused_and_open_connections_are_metrics(installation: Installation) -> None:
    gate = ConnectionGate("status", Refusals(), most=2, most_per_peer=1)
    gate.admit("192.0.2.1")
    gate.refusals.note("status", "header_timeout", "192.0.2.1")
    worker = Worker(installation)
    requests = Counter[tuple[str, int]]()
    metrics = Metrics(installation.ctx, worker, "worker-1", [gate], requests)
    requests["ocsp", 200] += 3  # after the metrics were set up
    text = metrics.text().decode()
    assert 'pkim_status_requests_total{kind="ocsp",process="worker-1",status="200"} 3.0' in text
    assert 'pkim_connections{listener="status",process="worker-1"} 1.0' in text
    assert 'pkim_connections_refused_total{listener="status",process="worker-1",reason="header_timeout"} 1.0' in text


def test_a_client_that_disconnects_is_not_counted_as_a_fault(installation: Installation) -> None:
    worker = Worker(installation)
    metrics = Metrics(installation.ctx, worker, "worker-1")

    async def silent(_scope: object, _receive: object, _send: object) -> None: ...

    async def broken(_scope: object, _receive: object, _send: object) -> None:
        raise RuntimeError("broken")

    scope = {"type": "http", "method": "POST", "path": "/", "client": None}
    for app, is_fault in ((silent, False), (broken, True)):
        logged = AccessLog(app, metrics, installation.ctx.ports.clock.monotonic)
        with pytest.raises(RuntimeError) if is_fault else nullcontext():
            asyncio.run(logged(dict(scope), _nothing, _nothing))
    text = metrics.text().decode()
    assert 'pkim_http_requests_total{method="POST",process="worker-1",status="499"} 1.0' in text
    assert 'pkim_http_requests_total{method="POST",process="worker-1",status="500"} 1.0' in text


async def _nothing(*_: object) -> None: ...


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/api/v1/me", "/acme/a/b/directory", "/x%0a"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "localhost.evil.example", "localhost@evil", "x"])
def test_a_host_name_that_is_not_allowed_is_refused_everywhere(
    installation: Installation, host: str, path: str
) -> None:
    answer = client(installation).get(path, headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "misdirected_request")
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9", "localhost.", "127.0.0.1", "10.1.2.3:80", "[2001:db8::1]:80"]
)
def test_localhost_and_addresses_are_allowed(installation: Installation, host: str) -> None:
    assert client(installation).get("/healthz", headers={"Host": host}).status_code == 200


def test_the_hosts_of_urls_and_of_the_setting_are_allowed(tmp_path: Path) -> None:
    names = load(
        tmp_path,
        {
            "PKIM_PUBLIC_URL": "https://PKI.example.com:8443/x",
            "PKIM_PUBLIC_STATUS_URL": "http://status.example.com",
            "PKIM_ALLOWED_HOSTS": "pki, Internal.example.com",
        },
    ).host_names
    assert names >= {"pki.example.com", "status.example.com", "pki", "internal.example.com", "localhost"}
    with pytest.raises(ConfigurationInvalid, match=r"allowed_hosts\.0"):
        load(tmp_path, {"PKIM_ALLOWED_HOSTS": "*"})


@pytest.mark.parametrize(("role", "sees"), [(None, False), (Role.REQUESTER, False), (Role.AUDITOR, True)])
def test_readyz_names_components_only_to_callers_who_may_see_them(
    installation: Installation, role: Role | None, sees: bool
) -> None:
    headers = bearer(installation.ctx, role) if role else {}
    answer = client(installation, peer=OUTSIDE).get("/readyz", headers=headers)
    assert (answer.status_code, "parts" in answer.json(), "leader" in answer.json()) == (200, sees, sees)


def test_readyz_and_the_metrics_name_the_host_that_leads(installation: Installation) -> None:
    service, name = client(installation), installation.ctx.config.node_name
    assert service.get("/readyz").json()["leader"] == name
    lines = service.get("/metrics").text.splitlines()
    assert f'pkim_node_leader{{node="{name}"}} 1.0' in lines
    assert f'pkim_node_published_lag_seconds{{node="{name}"}} 0.0' in lines
    assert any(line.startswith(f'pkim_node_last_seen_timestamp_seconds{{node="{name}"}}') for line in lines)


def test_readyz_names_no_leader_while_the_database_is_unavailable(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = client(installation)

    def fail() -> None:
        raise StorageUnavailable("The database is unavailable.")

    monkeypatch.setattr(installation.ctx.ports.storage, "read", fail)
    assert service.get("/readyz").json()["leader"] is None
