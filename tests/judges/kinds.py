"""What kind of object a file holds, as the excuses distinguish them."""

from __future__ import annotations

from pathlib import Path

from tests.judges.excuses import CA, LEAF
from tests.judges.services import require, run


def certificate_kind(path: Path) -> str:
    """CA or LEAF by basicConstraints of a certificate (PEM); LEAF too when it cannot be read."""
    done = run([require("openssl"), "x509", "-in", path, "-noout", "-ext", "basicConstraints"])
    return CA if "CA:TRUE" in done.stdout else LEAF
