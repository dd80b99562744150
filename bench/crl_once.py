"""`python -m bench.crl_once HOME`: publish a CRL through the use case; prints seconds, peak MiB and entries."""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

from bench.product import CA
from pki_manager.authority.status import publish_crl
from pki_manager.bootstrap import open_installation
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.settings import load


def main(home: str) -> None:
    installation = open_installation(load(Path(home), os.environ), slot="cli")
    ctx = installation.ctx
    with ctx.ports.storage.read() as reader:
        ca = reader.cas.find(CA)
        assert ca is not None
        key = reader.issuer_keys.get_current(ca.id)
    started = time.perf_counter()
    record = publish_crl.publish(ctx, build_system_actor("bench"), key.id)
    seconds = time.perf_counter() - started
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, record.entries)
    installation.close()


if __name__ == "__main__":
    main(sys.argv[1])
