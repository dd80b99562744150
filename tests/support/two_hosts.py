"""Hosts on one PostgreSQL database, each with a published store and a status listener of its own; ticked by hand."""

from __future__ import annotations

import base64
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from pki_manager.authority.installation.nodes import NodeState, list_nodes
from pki_manager.authority.installation.tls import get_tls_files
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.follow_status import StatusFollower
from pki_manager.authority.status.sign_on_demand import LiveAnswers
from pki_manager.bootstrap import Installation
from pki_manager.domain.ca import IssuerKey
from pki_manager.domain.certificate import Certificate
from pki_manager.ports.clock import Clock
from pki_manager.ports.signer import Signers
from pki_manager.protocols.status import StatusApp
from pki_manager.settings import load
from pki_manager.storage.leader import SchedulerLock, build_scheduler_lock
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemEntropy
from pki_manager.worker.worker import Worker
from pki_manager.x509.crl import CrlFacts, read_crl_facts
from pki_manager.x509.ocsp.facts import read_response_facts
from pki_manager.x509.ocsp.response import CertStatus
from tests.conftest import MAC_KEY, lock_path, open_engine
from tests.protocols.driver import asked
from tests.support.factories import ADMIN, make_authority, open_test_keystore


@dataclass(frozen=True)
class Host:
    ctx: Context
    lock: SchedulerLock
    follower: StatusFollower
    worker: Worker
    app: StatusApp
    storage: SqlStorage

    @classmethod
    def start(cls, folder: Path, url: str, clock: Clock, *, signers: Signers | None = None) -> Self:
        """Start the server process of the host whose home is `folder`, up to where its listeners answer."""
        folder.mkdir(exist_ok=True)
        name = folder.name
        engine = open_engine(url)
        storage = SqlStorage(
            engine,
            chain=f"{name}/worker-1",
            mac_key=MAC_KEY,
            clock=clock,
            entropy=SystemEntropy(),
            lock_path=lock_path(url),
        )
        ctx = make_authority(folder, storage, clock, signers=signers, node=f"{name}/worker-1")
        lock = build_scheduler_lock(engine, None)
        installation = Installation(
            settings=load(folder, {}),
            ctx=ctx,
            published=ctx.ports.published,  # the factory's is of that class
            scheduler=lock,
            tls=get_tls_files(folder / "tls", b"a password"),
            keystore=open_test_keystore(folder, clock),
            engine=engine,
            _stack=ExitStack(),
        )
        follower = StatusFollower(ctx)
        app = StatusApp(ctx.ports.published, LiveAnswers(ctx), clock, is_current=follower.is_current)
        return cls(ctx, lock, follower, Worker(installation, follower=follower), app, storage)

    def nodes(self) -> dict[str, NodeState]:
        """Return the hosts as this one shows them, by name."""
        return {node.name: node for node in list_nodes(self.ctx, ADMIN)}

    def stop(self) -> None:
        self.lock.resign()
        self.app.close()
        self.ctx.ports.published.close()  # type: ignore[attr-defined] # the factory's store can be closed
        self.storage.close()

    def ocsp(self, key: IssuerKey, certificate: Certificate) -> set[CertStatus | None]:
        """Return what OCSP says by GET and POST, with both CertID hashes, with a nonce and without; None: no answer."""
        said = set()
        for hash_name in ("sha1", "sha256"):
            for nonce in (None, b"0123456789abcdef"):
                body = _request(key, certificate.serial, hash_name, nonce)
                answers = [
                    asked(self.app, "POST", "/ocsp", body=body, headers={"Content-Type": "application/ocsp-request"}),
                    asked(self.app, "GET", f"/ocsp/{quote(base64.b64encode(body).decode(), safe='')}"),
                ]
                said |= {_status(answer.body) for answer in answers}
        return said

    def crl(self, key: IssuerKey) -> CrlFacts | None:
        """Return the CRL that the listener serves, None while it serves none."""
        answer = asked(self.app, "GET", f"/crl/{key.ca_id}.crl")
        return read_crl_facts(answer.body) if answer.status == 200 else None


def _request(key: IssuerKey, serial: int, hash_name: str, nonce: bytes | None) -> bytes:
    if hash_name == "sha1":
        named = key.name_hash_sha1, key.key_hash_sha1, serial, hashes.SHA1()
    else:
        named = key.name_hash_sha256, key.key_hash_sha256, serial, hashes.SHA256()
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(*named)
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def _status(body: bytes) -> CertStatus | None:
    """OCSPResponse of an error has no more than its status: five octets (RFC 6960 §4.2.1)."""
    return None if len(body) == 5 else read_response_facts(body).singles[0].status
