"""The self-check: validates what the server publishes with an independent validator.

For each active CA, its CRL and CA certificate are fetched from the URLs in certificates. For each CA that issues to end
entities, a certificate is issued, validated with OpenSSL, revoked, and seen as revoked by OCSP and CRL. Needs a running
server whose worker publishes.
"""

from __future__ import annotations

import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import httpx2

from pki_manager.authority.cas.views import CaView, get_ca_chain, get_ca_views
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.queries import get_certificate_chains
from pki_manager.authority.installation.nodes import list_setting_notices
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import sort_by_preference
from pki_manager.authority.signing.status_urls import list_notices
from pki_manager.authority.status.revoke import revoke
from pki_manager.bootstrap import Installation
from pki_manager.domain.ca import CaState, KeyState
from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.errors import PkiError, Refused
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor, build_system_actor
from pki_manager.ports.clock import Clock
from pki_manager.server.tls import set_trust_anchors
from pki_manager.settings import Listener
from pki_manager.storage.engine.replication import find_replication_notice
from pki_manager.storage.engine.row_security import RowSecurity, get_row_security
from pki_manager.x509 import export
from pki_manager.x509.csr import make_csr

PROFILE = "tls-server"
KEY_TYPE = "ECDSA-P256"
REASON = RevocationReason.CESSATION_OF_OPERATION
_FETCH_SECONDS = 5.0
_TOOL_SECONDS = 10
PUBLISHED_SECONDS = 10.0
_POLL_SECONDS = 0.2


class StepOutcome(StrEnum):
    """The outcome of one step."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    WARNING = "warning"
    """A problem that an operator must repair, but that does not fail a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One check and its outcome. `detail` says what was found if the check did not pass."""

    name: str
    outcome: StepOutcome
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Return whether the step did not fail. Warnings and skipped steps count as passed."""
        return self.outcome is not StepOutcome.FAILED


@dataclass(frozen=True, slots=True)
class Report:
    """The steps of a self-check."""

    checks: tuple[Step, ...]

    @property
    def passed(self) -> bool:
        return all(step.passed for step in self.checks)

    def lines(self) -> Iterator[str]:
        """Yield text for people: the result, and every step that did not pass."""
        count = sum(step.outcome is StepOutcome.PASSED for step in self.checks)
        yield f"Self-check {'passed' if self.passed else 'FAILED'}: {count} of {len(self.checks)} steps"
        for step in self.checks:
            if step.outcome is not StepOutcome.PASSED:
                yield f"  {step.outcome}  {step.name}: {step.detail}"


class _Unmet(Exception):
    """Failure of a step. The text says what the step found instead of the expected result."""


class _Skipped(Exception):
    """Reason why a step does not apply."""


@dataclass(slots=True)
class _Protocol:
    """The results of the steps so far. A block under `step` passes, or fails with the error that it raised."""

    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def run_step(self, name: str) -> Iterator[None]:
        try:
            yield
        except _Skipped as reason:
            self.steps.append(Step(name, StepOutcome.SKIPPED, str(reason)))
        except (_Unmet, PkiError, OSError, httpx2.HTTPError, subprocess.SubprocessError) as error:
            detail = error.detail if isinstance(error, PkiError) else f"{error}" or type(error).__name__
            self.steps.append(Step(name, StepOutcome.FAILED, detail))
        else:
            self.steps.append(Step(name, StepOutcome.PASSED))


def run(
    installation: Installation, urls: Mapping[Listener, str] | None = None, *, actor: Actor | None = None
) -> Report:
    """Check all active CAs, and that the listeners at the base URLs in `urls` respond. Never raises.

    Leaves one revoked certificate for each issuing CA.
    """
    ctx = installation.ctx
    protocol = _Protocol()
    views: list[CaView] = []
    with protocol.run_step("certificate authorities can be read"):
        views = _active(ctx)
    for notice in list_notices(ctx):
        protocol.steps.append(Step(f"{notice.ca or 'settings'}: status URLs", StepOutcome.WARNING, notice.text))
    for difference in list_setting_notices(ctx):
        protocol.steps.append(Step("hosts: settings", StepOutcome.WARNING, difference.message))
    protocol.steps += _check_database(installation)
    with httpx2.Client(timeout=_FETCH_SECONDS, trust_env=False, verify=_trusting(views)) as client:
        for name, url in (urls or {}).items():
            with protocol.run_step(f"{name} listener answers at {url}"):
                _fetch(client, f"{url}/healthz")
        openssl = _find_openssl(protocol)
        for view in views:
            asker = actor or build_system_actor("selfcheck")
            judge = _judge(openssl, ctx, asker, view, protocol)
            with tempfile.TemporaryDirectory(prefix="pkim-selfcheck-") as folder:
                check = _Check(ctx, asker, client, judge, Path(folder), protocol)
                check.authority_publishes(view)
                if view.ca.parent_id is not None and view.ca.end_entity_certificates and judge is not None:
                    check.certificate_lives(view)
    return Report(tuple(protocol.steps))


def _check_database(installation: Installation) -> Iterator[Step]:
    """Yield the steps about PostgreSQL. If the database is unavailable, another step fails."""
    with suppress(PkiError):
        notice = find_replication_notice(installation.engine)
        if notice is not None:
            yield Step("database: standby", StepOutcome.WARNING, notice)
        security = get_row_security(installation.engine)
        if security is RowSecurity.ACTIVE:
            yield Step("database: row-level security", StepOutcome.PASSED)
        elif security is RowSecurity.INACTIVE:
            detail = "inactive, because the role of database_url owns the tables (`pkim db grant`)"
            yield Step("database: row-level security", StepOutcome.SKIPPED, detail)


def _trusting(views: list[CaView]) -> ssl.SSLContext:
    """Return a TLS context that trusts only the local roots: the TLS listener's certificate chains to them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    known = (certificate for view in views for key in view.keys for certificate in key.certificates)
    set_trust_anchors(context, (one.der for one in known if one.kind is CertificateKind.SELF_SIGNED))
    return context


def _find_openssl(protocol: _Protocol) -> str | None:
    found = shutil.which("openssl")
    with protocol.run_step("OpenSSL's command line is installed"):
        if found is None:
            raise _Unmet("openssl is not on the PATH: install it (apt install openssl) and run `pkim selfcheck`")
    return found


def _judge(openssl: str | None, ctx: Context, actor: Actor, view: CaView, protocol: _Protocol) -> str | None:
    """Return `openssl` if it can read the keys of the CA and of all CAs above it, otherwise None.

    Before version 3.5, OpenSSL does not support ML-DSA.
    """
    if openssl is None:
        return None
    with protocol.run_step(f"{view.ca.name}: OpenSSL can read its keys"):
        for certificate in get_ca_chain(ctx, actor, str(view.ca.id)):
            done = subprocess.run(  # noqa: S603 - the program is OpenSSL's, the arguments are fixed
                [openssl, "x509", "-noout", "-pubkey"],
                input=export.encode_certificate_pem(certificate.der).encode("ascii"),
                capture_output=True,
                timeout=_TOOL_SECONDS,
                env={"LC_ALL": "C"},
                check=False,
            )
            if done.returncode:
                raise _Skipped(f"OpenSSL on this host does not support {certificate.key_type}")
        return openssl
    return None


def _active(ctx: Context) -> list[CaView]:
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        return list(
            get_ca_views(reader, [ca for ca in reader.cas.list_all() if ca.state_at(now) is CaState.ACTIVE], now)
        )


def _fetch(client: httpx2.Client, url: str) -> bytes:
    answer = client.get(url)
    if answer.status_code != httpx2.codes.OK:
        raise _Unmet(f"{url} answers {answer.status_code}")
    return answer.content


def _eventually(clock: Clock, look: Callable[[], None]) -> None:
    """Repeat a check until it passes. Raises its last error when the time limit for publishing is over."""
    deadline = clock.monotonic() + PUBLISHED_SECONDS
    while True:
        try:
            return look()
        except (_Unmet, httpx2.HTTPError):
            if clock.monotonic() >= deadline:
                raise
            clock.sleep(_POLL_SECONDS)


@dataclass(frozen=True, slots=True)
class _Check:
    """The checks of one CA. `folder` holds public files for OpenSSL."""

    ctx: Context
    actor: Actor
    client: httpx2.Client
    openssl: str | None
    folder: Path
    protocol: _Protocol

    def authority_publishes(self, view: CaView) -> None:
        """Check that the URLs in the CA's certificates return the CA's own objects."""
        key, clock = view.keys[0], self.ctx.ports.clock
        name, certificate = view.ca.name, sort_by_preference(key.certificates)[0]
        with self.protocol.run_step(f"{name}: certificate at {key.key.urls.certificate}"):
            _eventually(clock, lambda: self._has_certificate(key.key.urls.certificate, certificate))
        with self.protocol.run_step(f"{name}: CRL at {key.key.urls.crl}"):
            _eventually(clock, lambda: self._has_crl(key.key.urls.crl, certificate))

    def _has_certificate(self, url: str, certificate: Certificate) -> None:
        if _fetch(self.client, url) != certificate.der:
            raise _Unmet("is not the CA's certificate")

    def _has_crl(self, url: str, certificate: Certificate) -> None:
        der = _fetch(self.client, url)
        if self.openssl is None:
            return
        crl = self._file("issuer.crl", export.encode_crl_pem(der))
        issuer = self._file("issuer.pem", export.encode_certificate_pem(certificate.der))
        said = self._openssl("crl", "-in", crl, "-CAfile", issuer, "-noout")
        if "verify OK" not in said:
            raise _Unmet(f"openssl crl: {said}")

    def certificate_lives(self, view: CaView) -> None:
        """Check a certificate from issuance to revocation."""
        name, clock = view.ca.name, self.ctx.ports.clock
        certificate: Certificate | None = None
        with self.protocol.run_step(f"{name}: a certificate can be issued"):
            certificate = self._issue(view)
        if certificate is None:
            return
        chains = get_certificate_chains(self.ctx, self.actor, certificate.id)
        chain = chains.usual
        self._write_chain(chain)
        urls = next(key.key.urls for key in view.keys if key.key.id == certificate.issuer_key_id)
        with self.protocol.run_step(f"{name}: OpenSSL accepts its chain and CRLs"):
            _eventually(clock, lambda: self._verifies(chain))
        for root in {way[-1].id: way[-1] for way in chains.others if way[-1] != chain[-1]}.values():
            self._accepts_with(name, root)
        with self.protocol.run_step(f"{name}: OCSP says good at {urls.ocsp}"):
            _eventually(clock, lambda: self._ocsp_says(urls.ocsp, "good"))
        with self.protocol.run_step(f"{name}: the certificate can be revoked"):
            revoke(self.ctx, self.actor, certificate.id, REASON, None)
        with self.protocol.run_step(f"{name}: OCSP says revoked, with the reason"):
            _eventually(clock, lambda: self._ocsp_says(urls.ocsp, "revoked", f"Reason: {REASON.value}"))
        with self.protocol.run_step(f"{name}: OpenSSL finds it revoked by CRL"):
            _eventually(clock, lambda: self._is_revoked(chain))

    def _issue(self, view: CaView) -> Certificate:
        san = _permitted_name(view)
        _, request = make_csr(KEY_TYPE, [san], self.ctx.ports.entropy.token(32).hex().encode())
        try:
            return enroll(self.ctx, self.actor, Enroll(ca=str(view.ca.id), profile=PROFILE, csr=request)).value
        except Refused as refusal:
            raise _Skipped(f"its rules do not allow one for {san}: {refusal.detail}") from None

    def _write_chain(self, chain: tuple[Certificate, ...]) -> None:
        self._file("leaf.pem", export.encode_certificate_pem(chain[0].der))
        self._file("issuer.pem", export.encode_certificate_pem(chain[1].der))
        self._file("untrusted.pem", export.encode_chain_pem([link.der for link in chain[1:-1]]))
        self._file("root.pem", export.encode_certificate_pem(chain[-1].der))
        self._file("trusted.pem", export.encode_chain_pem([link.der for link in chain[1:]]))

    def _verify(self, chain: tuple[Certificate, ...]) -> str:
        """Return the output of `openssl verify` for the certificate, with the CRLs that are published now."""
        with self.ctx.ports.storage.read() as reader:
            keys = [(reader.issuer_keys.get(link.issuer_key_id), link.serial) for link in chain]
        local_keys = [(key, serial) for key, serial in keys if key.state is not KeyState.EXTERNAL]
        urls = dict.fromkeys(key.crl_url(key.shard_of(serial)) for key, serial in local_keys)
        crls = self._file("crls.pem", "".join(export.encode_crl_pem(_fetch(self.client, url)) for url in urls))
        given = ("-CAfile", self._path("root.pem"), "-untrusted", self._path("untrusted.pem"), "-CRLfile", crls)
        # What external CAs have revoked, they alone publish: of their part of the path only the signatures are checked.
        depth = "-crl_check_all" if len(local_keys) == len(keys) else "-crl_check"
        checks = ("-x509_strict", "-check_ss_sig", depth, "-purpose", "sslserver")
        return self._openssl("verify", *checks, *given, self._path("leaf.pem"))

    def _verifies(self, chain: tuple[Certificate, ...]) -> None:
        said = self._verify(chain)
        if not said.strip().endswith("leaf.pem: OK"):
            raise _Unmet(f"openssl verify: {said}")

    def _accepts_with(self, name: str, root: Certificate) -> None:
        """Record whether the chain that servers send is valid for clients that trust only this root of the CA."""
        anchor = self._file("anchor.pem", export.encode_certificate_pem(root.der))
        given = ("-CAfile", anchor, "-untrusted", self._path("untrusted.pem"))
        said = self._openssl("verify", "-x509_strict", "-purpose", "sslserver", *given, self._path("leaf.pem"))
        step = f"{name}: OpenSSL accepts its chain with the root of {root.validity.not_before:%Y-%m-%d}"
        if said.strip().endswith("leaf.pem: OK"):
            self.protocol.steps.append(Step(step, StepOutcome.PASSED))
        else:
            repair = "rotate the root with --cross-certify, or distribute its newest certificate"
            self.protocol.steps.append(Step(step, StepOutcome.WARNING, f"{repair}: openssl verify: {said}"))

    def _is_revoked(self, chain: tuple[Certificate, ...]) -> None:
        said = self._verify(chain)
        if "certificate revoked" not in said:
            raise _Unmet(f"openssl verify: {said}")

    def _ocsp_says(self, url: str, *words: str) -> None:
        given = ("-issuer", self._path("issuer.pem"), "-cert", self._path("leaf.pem"))
        trust = ("-CAfile", self._path("trusted.pem"), "-timeout", str(_TOOL_SECONDS // 2), "-no_nonce")
        said = self._openssl("ocsp", *given, *trust, "-url", url)
        if "Response verify OK" not in said or not all(word in said for word in ("leaf.pem: " + words[0], *words[1:])):
            raise _Unmet(f"openssl ocsp: {said}")

    def _openssl(self, *arguments: str) -> str:
        """Run OpenSSL and return both outputs in one line.

        The exit code is not sufficient (`ocsp` exits with 0 for a revoked certificate).
        """
        done = subprocess.run(  # noqa: S603 - the program is OpenSSL's, the arguments are fixed
            [self.openssl or "openssl", *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TOOL_SECONDS,
            env={"LC_ALL": "C"},
            check=False,
        )
        return " | ".join(line.strip() for line in f"{done.stderr}\n{done.stdout}".splitlines() if line.strip())

    def _path(self, name: str) -> str:
        return str(self.folder / name)

    def _file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="ascii")
        return self._path(name)


def _permitted_name(view: CaView) -> AlternativeName:
    """Return a name that the CA's name constraints permit, or a reserved one (RFC 2606) without constraints."""
    permitted = [name.value for name in view.ca.name_constraints.permitted if name.kind is NameKind.DNS]
    return AlternativeName(NameKind.DNS, f"selfcheck.{permitted[0].lstrip('.') if permitted else 'invalid'}")
