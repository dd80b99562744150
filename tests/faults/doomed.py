"""`pkim`, killed with SIGKILL at a named step.

`python -m tests.faults.doomed STEP ARM_FILE ARGUMENTS…`. The steps are put around ports and named functions
here, in the tests; the product has no such thing. Nothing happens before ARM_FILE exists, so that a server can start
and settle first. A name that no longer exists ends the start.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pki_manager.authority.kernel import durable_file
from pki_manager.cli.main import main
from pki_manager.domain.events.audit import AuditEvent
from pki_manager.signers import private_file
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.signers.embedded.signer import EmbeddedSigner
from pki_manager.storage.engine.writer import Writer
from pki_manager.storage.published import SqlitePublished
from pki_manager.storage.unit_of_work import SqlUnitOfWork

Strike = Callable[[], None]

_last = threading.local()
"""`action`: what this thread has told the audit trail last."""


def _watch_events(seen: Callable[[AuditEvent], None]) -> None:
    record = SqlUnitOfWork.record

    def watched(self: SqlUnitOfWork, event: AuditEvent) -> None:
        record(self, event)
        seen(event)

    SqlUnitOfWork.record = watched


def before_commit(action: str, strike: Strike) -> None:
    _around_commit(action, strike, lambda: None)


def after_commit(action: str, strike: Strike) -> None:
    _around_commit(action, lambda: None, strike)


def _around_commit(action: str, before: Strike, after: Strike) -> None:
    told = threading.Event()
    _watch_events(lambda event: told.set() if action == event.ACTION else None)
    commit = Writer._commit

    def committing(self: Writer, group: Any) -> None:
        if not told.is_set():
            commit(self, group)
            return
        told.clear()
        before()
        commit(self, group)
        after()

    Writer._commit = committing


def before_signature(action: str, strike: Strike) -> None:
    _around_signature(action, strike, lambda: None)


def after_signature(action: str, strike: Strike) -> None:
    _around_signature(action, lambda: None, strike)


def _around_signature(action: str, before: Strike, after: Strike) -> None:
    """Of the thread whose last event was `action`."""

    def seen(event: AuditEvent) -> None:
        _last.action = event.ACTION

    _watch_events(seen)
    sign = EmbeddedSigner.sign

    def signing(self: EmbeddedSigner, *arguments: Any) -> bytes:
        if getattr(_last, "action", None) != action:
            return sign(self, *arguments)
        before()
        signature = sign(self, *arguments)
        after()
        return signature

    EmbeddedSigner.sign = signing


def before_call(owner: Any, name: str, strike: Strike) -> None:
    _wrap(owner, name, strike, lambda: None)


def after_call(owner: Any, name: str, strike: Strike) -> None:
    _wrap(owner, name, lambda: None, strike)


def _wrap(owner: Any, name: str, before: Strike, after: Strike) -> None:
    real = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        before()
        answer = real(*arguments, **named)
        after()
        return answer

    setattr(owner, name, wrapped)


def torn_checkpoint(strike: Strike) -> None:
    """Half a line on disk."""
    append = durable_file.append

    def half(path: Path, line: bytes) -> None:
        with path.open("ab") as file:
            file.write(line[: len(line) // 2])
        strike()
        append(path, line)

    durable_file.append = half


ISSUE: Mapping[str, Callable[[Strike], None]] = {
    "intent not committed": partial(before_commit, "certificate.issue_intended"),
    "intent committed": partial(after_commit, "certificate.issue_intended"),
    "certificate not signed": partial(before_signature, "certificate.issue_intended"),
    "certificate signed": partial(after_signature, "certificate.issue_intended"),
    "certificate not committed": partial(before_commit, "certificate.issued"),
    "certificate committed": partial(after_commit, "certificate.issued"),
    "status not told": partial(before_commit, "ocsp.presigned"),
    "status told": partial(after_commit, "ocsp.presigned"),
    "status not published": partial(before_call, SqlitePublished, "put_responses"),
    "status published": partial(after_call, SqlitePublished, "put_responses"),
    "checkpoint not written": partial(before_call, durable_file, "append"),
    "checkpoint torn": torn_checkpoint,
    "checkpoint written": partial(after_call, durable_file, "append"),
}
"""Met when a certificate is issued; the last ones a while later."""

CRL: Mapping[str, Callable[[Strike], None]] = {
    "number not committed": partial(before_commit, "crl.intended"),
    "number committed": partial(after_commit, "crl.intended"),
    "list signed": partial(after_signature, "crl.intended"),
    "list not committed": partial(before_commit, "crl.published"),
    "list committed": partial(after_commit, "crl.published"),
    "list not published": partial(before_call, SqlitePublished, "put_objects"),
    "list published": partial(after_call, SqlitePublished, "put_objects"),
}
REVOKE: Mapping[str, Callable[[Strike], None]] = {
    "revocation not committed": partial(before_commit, "certificate.revoked"),
    "revocation committed": partial(after_commit, "certificate.revoked"),
}
CREATE: Mapping[str, Callable[[Strike], None]] = {
    "key not kept": partial(before_call, Keystore, "add"),
    "key kept": partial(after_call, Keystore, "add"),
    "key told": partial(after_commit, "key.created"),
    "authority not committed": partial(before_commit, "ca.created"),
    "authority committed": partial(after_commit, "ca.created"),
}
ROTATE: Mapping[str, Callable[[Strike], None]] = {
    "next key told": partial(after_commit, "key.created"),
    "next key certified": partial(after_commit, "certificate.issued"),
    "cross-certificate signed": partial(after_signature, "certificate.issue_intended"),
    "switch not committed": partial(before_commit, "ca.key_switched"),
    "switch committed": partial(after_commit, "ca.key_switched"),
}
SET_UP: Mapping[str, Callable[[Strike], None]] = {
    "file not named": partial(before_call, private_file, "_link"),
    "file named": partial(after_call, private_file, "_link"),
    "profile not committed": partial(before_commit, "profile.created"),
    "profile committed": partial(after_commit, "profile.created"),
    "TLS certificate not told": partial(before_commit, "tls_certificate.renewed"),
    "TLS certificate told": partial(after_commit, "tls_certificate.renewed"),
    "end not committed": partial(before_commit, "installation.initialized"),
    "end committed": partial(after_commit, "installation.initialized"),
    **CREATE,
    **{name: step for name, step in ISSUE.items() if name.startswith(("intent", "certificate"))},
}

STEPS: Mapping[str, Callable[[Strike], None]] = {**SET_UP, **ISSUE, **CRL, **REVOKE, **ROTATE}


def run(step: str, arm_file: Path) -> None:
    def strike() -> None:
        if arm_file.exists():
            os.kill(os.getpid(), signal.SIGKILL)

    STEPS[step](strike)
    main()


if __name__ == "__main__":
    chosen, armed_by = sys.argv[1], Path(sys.argv[2])
    del sys.argv[1:3]
    run(chosen, armed_by)
