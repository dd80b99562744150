"""`python -m bench.cpu_once HOME PROFILE COUNT SIZE [stages]`: issue in process, in rounds of SIZE.

Prints CPU microseconds per certificate. With `stages`, each line is a stage and its own time, without the stages inside
it. Measuring stages costs a few percent, so the totals are measured without them.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import material
from bench.product import CA
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.enroll_batch import EnrollCall, enroll_here
from pki_manager.bootstrap import Installation, open_installation
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.settings import load

_CHUNK = 160
_ACTOR = build_system_actor("bench")

# The functions at which stages begin: name, module, attribute. The time of a nested stage counts for that stage only.
STAGES = (
    ("read the request", "pki_manager.x509.parse", "parse_csr"),
    ("standing of the key", "pki_manager.authority.certificates.applications", "get_key_usage_history"),
    ("decide", "pki_manager.authority.certificates.applications", "decide"),
    ("build", "pki_manager.authority.certificates.draft", "prepare_certificate"),
    ("lint", "pki_manager.x509.lint", "examine_certificate"),
    ("intent", "pki_manager.authority.certificates.issue", "_store_intent"),
    ("sign and verify", "pki_manager.authority.certificates.issue", "sign_intents"),
    ("read back", "pki_manager.authority.certificates.sign_intents", "record_of"),
    ("result", "pki_manager.authority.certificates.issue", "_add"),
    ("audit events", "pki_manager.storage.repositories.audit.AuditTrail", "append"),
    ("commit", "pki_manager.storage.engine.writer.Writer", "_commit"),
)


class _Watch:
    """CPU time by stage, separately for each thread."""

    def __init__(self) -> None:
        self.nanoseconds: defaultdict[str, int] = defaultdict(int)
        self._local = threading.local()
        self._lock = threading.Lock()

    def around(self, name: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*positional: Any, **named: Any) -> Any:  # noqa: ANN401 - the types are those of the stage
            outer, self._local.inside = getattr(self._local, "inside", 0), 0
            started = time.thread_time_ns()
            try:
                return inner(*positional, **named)
            finally:
                took = time.thread_time_ns() - started
                with self._lock:
                    self.nanoseconds[name] += took - self._local.inside
                self._local.inside = outer + took

        return timed


def find_holder(name: str) -> object:
    """Return the module or class with that dotted name."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        package, _, kind = name.rpartition(".")
        holder: object = getattr(importlib.import_module(package), kind)
        return holder


def _watch() -> _Watch:
    watch = _Watch()
    for name, module, attribute in STAGES:
        holder = find_holder(module)
        setattr(holder, attribute, watch.around(name, getattr(holder, attribute)))
    return watch


def _issue(installation: Installation, profile: str, requests: list[str], size: int) -> float:
    """Return the CPU microseconds of the process for each certificate."""
    asked = [EnrollCall(_ACTOR, Enroll(ca=CA, profile=profile, csr=csr)) for csr in requests]
    started = time.process_time()
    for first in range(0, len(asked), size):
        made = enroll_here(installation.ctx, asked[first : first + size])
        assert all(isinstance(one, Certificate) for one in made)
    return (time.process_time() - started) / len(requests) * 1e6


def main(home: str, profile: str, count: int, size: int, *, stages: bool) -> None:
    """Print the total as the lower quartile of groups: other load on the machine never shortens a time."""
    installation = open_installation(load(Path(home), os.environ), slot="cli")
    watch = _watch() if stages else None
    requests = [csr for _, csr in material.csrs(_CHUNK)]
    enroll(installation.ctx, _ACTOR, Enroll(ca=CA, profile=profile, csr=requests[0]))
    _issue(installation, profile, requests, size)
    if watch is not None:
        watch.nanoseconds.clear()
    took = sorted(_issue(installation, profile, requests, size) for _ in range(count // _CHUNK))
    print(f"{took[len(took) // 4]:.0f} total")
    for name, spent in sorted(watch.nanoseconds.items(), key=lambda one: -one[1]) if watch else ():
        print(f"{spent / (len(took) * _CHUNK) / 1e3:.0f} {name}")
    installation.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), stages="stages" in sys.argv[5:])
