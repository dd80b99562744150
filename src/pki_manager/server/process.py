"""One server process: an open installation, its worker, and three listeners on bound sockets."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import ip_network

import uvicorn
import uvloop

from pki_manager.authority.certificates.profiles import keep_builtin_profiles
from pki_manager.authority.kernel import refusal_log as refusals
from pki_manager.authority.kernel.clock import ClockWatch
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.follow_status import StatusFollower
from pki_manager.authority.status.publish_trust import publish_trust
from pki_manager.authority.status.sign_on_demand import LiveAnswers
from pki_manager.bootstrap import Installation, open_installation
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.protocols.asgi import Receive, Scope, Send
from pki_manager.protocols.status import StatusApp
from pki_manager.server.app import create_app
from pki_manager.server.connection_gate import ConnectionGate, Refusals
from pki_manager.server.descriptors import compute_connection_limit, raise_descriptors
from pki_manager.server.direct_http import DirectHttp
from pki_manager.server.http_limits import HttpLimits
from pki_manager.server.http_protocol import BoundedHttp
from pki_manager.server.http_server import HttpServer
from pki_manager.server.listeners import LISTENERS, Sockets
from pki_manager.server.metrics import Metrics
from pki_manager.server.tls import LiveTls, PeerCertificate
from pki_manager.settings import Listener, Settings
from pki_manager.worker.schedule import Duty
from pki_manager.worker.worker import Worker

DRAIN_SECONDS = 5
WORKER_SECONDS = 3.0
LAST_MOMENT = 9.5
"""Seconds from the stop signal to the end of the process in any case. All acknowledged changes are on disk by then."""

_COLLECT_AFTER = 10_000
"""Garbage collection threshold: objects allocated minus freed since the last collection. Python's default is 700."""

_PROTOCOLS: Mapping[Listener, type[BoundedHttp]] = {
    "management": BoundedHttp,
    "tls": PeerCertificate,
    "status": DirectHttp,
}

_log = logging.getLogger(__name__)

Application = Callable[[Scope, Receive, Send], object]


def run_process(
    settings: Settings,
    slot: str,
    sockets: Sockets,
    *,
    ready: Callable[[Installation], None],
    parent: int | None = None,
) -> None:
    """Run the server until SIGTERM or SIGINT, or until the file descriptor `parent` becomes readable.

    `ready` is called once, in a thread, when all listeners respond. Raises the errors of `open_installation`.
    """
    installation = open_installation(settings, slot=slot, shares_writer=settings.workers > 1)
    try:
        keep_builtin_profiles(installation.ctx, build_system_actor("start"))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(installation, slot, sockets, ready, parent))
    finally:
        installation.close()


def _freeze_loaded_objects() -> None:
    """Exclude loaded modules, schemas, and routes from garbage collection: they stay until the process ends."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 20)


async def _serve(
    installation: Installation,
    slot: str,
    sockets: Sockets,
    ready: Callable[[Installation], None],
    parent: int | None,
) -> None:
    ctx = installation.ctx
    live, tls = LiveAnswers(ctx), LiveTls(installation)
    refused, follower = Refusals(), StatusFollower(ctx)
    note = partial(refused.note, "status")
    status = StatusApp(installation.published, live, ctx.ports.clock, note, is_current=follower.is_current)
    worker = Worker(installation, _duties(ctx, live, tls), follower=follower)
    gates = _gates(installation.settings, refused)
    metrics = Metrics(ctx, worker, slot, gates.values(), status.requests)
    servers: tuple[HttpServer, ...] = ()
    application = create_app(
        ctx,
        worker,
        tls,
        metrics,
        behind_proxy=bool(installation.settings.trusted_proxies),
        hosts=installation.settings.host_names,
        is_stopping=lambda: any(server.should_exit for server in servers),
    )
    servers = _servers(installation, gates, application, status, tls)
    _freeze_loaded_objects()
    _stop_on_signal(servers, parent)
    await asyncio.to_thread(tls.refresh)
    await asyncio.to_thread(_catch_up, ctx, follower)
    worker.start()
    try:
        async with asyncio.TaskGroup() as group:
            for server, listener in zip(servers, LISTENERS, strict=True):
                group.create_task(server.serve(sockets=[sockets[listener]]))
            group.create_task(_report_ready(servers, lambda: ready(installation)))
    finally:
        status.close()
        await asyncio.to_thread(_finish, ctx, live, worker)


def _duties(ctx: Context, live: LiveAnswers, tls: LiveTls) -> tuple[Duty, ...]:
    return (
        Duty("clock", 5, ClockWatch(ctx).check),
        Duty("ocsp_audit", 60, lambda: live.flush(build_system_actor("ocsp"))),
        Duty("refusals_audit", 60, lambda: refusals.flush_refusals(ctx)),
        Duty("tls_reload", 0.5, tls.refresh),
        Duty("key_backends_look", 5, ctx.ports.signers.describe),
    )


def _gates(settings: Settings, refusals: Refusals) -> dict[Listener, ConnectionGate]:
    descriptors = raise_descriptors()
    proxies = [ip_network(network) for network in settings.trusted_proxies]
    return {
        listener: ConnectionGate(
            listener,
            refusals,
            most=compute_connection_limit(listener, maximum=settings.max_connections, descriptors=descriptors),
            most_per_peer=settings.max_connections_per_address,
            proxies=proxies if listener != "status" else (),
        )
        for listener in LISTENERS
    }


def _catch_up(ctx: Context, follower: StatusFollower) -> None:
    """Update the published store before anything listens, so that the first request gets current contents.

    The list of roots is published again, because it contains the URL of the status listener, which is a setting.
    """
    try:
        follower.follow()
        publish_trust(ctx)
    except PkiError as error:
        _log.warning("published store is not up to date yet", exc_info=error)


def _servers(
    installation: Installation,
    gates: Mapping[Listener, ConnectionGate],
    application: object,
    status: StatusApp,
    tls: LiveTls,
) -> tuple[HttpServer, ...]:
    settings, monotonic = installation.settings, installation.ctx.ports.clock.monotonic
    limits = HttpLimits(
        head_seconds=settings.header_timeout.total_seconds(),
        handshake_seconds=settings.header_timeout.total_seconds(),
        body_seconds=settings.body_timeout.total_seconds(),
    )

    def configured(listener: Listener) -> HttpServer:
        app = status if listener == "status" else application
        with_tls = listener == "tls"
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies) and app is not status,
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        return HttpServer(
            config,
            gates[listener],
            limits,
            monotonic,
            tls=tls.context if with_tls else None,
            protocol=_PROTOCOLS[listener],
        )

    return tuple(configured(listener) for listener in LISTENERS)


def _stop_on_signal(servers: tuple[HttpServer, ...], parent: int | None) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if parent is not None:
            loop.remove_reader(parent)
        if not servers[0].should_exit:
            _log.info("stopping")
            last_moment = threading.Timer(LAST_MOMENT, os._exit, (1,))
            last_moment.daemon = True
            last_moment.start()
        for server in servers:
            server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    if parent is not None:
        loop.add_reader(parent, stop)


async def _report_ready(servers: tuple[HttpServer, ...], ready: Callable[[], None]) -> None:
    while not all(server.started for server in servers):
        if servers[0].should_exit:
            return
        await asyncio.sleep(0.01)
    await asyncio.to_thread(ready)


def _finish(ctx: Context, live: LiveAnswers, worker: Worker) -> None:
    """Store the last audit events, then stop the worker, which writes the checkpoint that covers them."""
    try:
        live.flush(build_system_actor("ocsp"))
        refusals.flush_refusals(ctx)
    except Exception:  # noqa: BLE001 - the rest must still be ended
        _log.exception("refusal counts not written to the audit log")
    if not worker.stop(WORKER_SECONDS):
        _log.warning("background worker not stopped in time, its job continues at the next start")
