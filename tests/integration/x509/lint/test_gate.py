"""What a new process imports for lint."""

from __future__ import annotations

import subprocess
import sys

from tests.unit.x509.lint.objects import Crl


def test_pkilint_is_not_imported_before_the_first_full_lint() -> None:
    code = (
        "import sys; from pki_manager.x509 import lint; lint.lint_ocsp(b'', full=False); "
        "assert 'pkilint' not in sys.modules; lint.lint_crl(bytes.fromhex(sys.argv[1]), None, full=True); "
        "assert 'pkilint' in sys.modules; assert 'pkilint' in lint.LINT_VERSION"
    )
    done = subprocess.run([sys.executable, "-c", code, Crl().der().hex()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
