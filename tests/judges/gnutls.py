"""GnuTLS's certtool as a judge of paths and CRLs."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tests.judges.services import require, run

_VERDICT = re.compile(r"^Chain verification output: (.+?)\s*$", re.MULTILINE)
_TRUSTED = "Verified. The certificate is trusted."


def verify(
    leaf: Path, intermediates: Sequence[Path], root: Path, crls: Sequence[Path], *, at: datetime | None = None
) -> str:
    """`ok`, `revoked`, or GnuTLS's own words. All files are PEM.

    certtool takes no offence at a missing CRL, so `ok` also asks that it says to have checked every certificate
    against one.
    """
    command = [require("certtool"), "--verify", "--verify-profile", "medium", "--load-ca-certificate", str(root)]
    with tempfile.TemporaryDirectory() as folder:
        chain, lists = Path(folder, "chain.pem"), Path(folder, "crls.pem")
        chain.write_text("".join(path.read_text() for path in (leaf, *intermediates)))
        lists.write_text("".join(path.read_text() for path in crls))
        revocation = ["--load-crl", str(lists)] if crls else []
        done = run([*command, *revocation, "--infile", str(chain)], at)
    verdict = _VERDICT.search(done.stdout)
    if verdict is None:
        return (done.stderr or done.stdout).strip() or "nothing was said"
    if "revoked" in verdict[1]:
        return "revoked"
    if verdict[1] != _TRUSTED or done.returncode != 0:
        return verdict[1].removeprefix("Not verified. ")
    checked = done.stdout.count("Checked against CRL[")
    return "ok" if checked == 1 + len(intermediates) else f"{checked} certificates were checked against a CRL"
