"""Only the gate makes something that can be signed, and use cases reach a backend's key by one function."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pki_manager

SOURCE = Path(pki_manager.__file__).parent


def callers(is_call: Callable[[ast.expr], bool]) -> set[str]:
    return {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and is_call(node.func)
    }


def test_only_the_gate_makes_something_that_can_be_signed() -> None:
    assert callers(lambda called: isinstance(called, ast.Name) and called.id == "Prepared") == {"x509/prepare.py"}
    resumed = callers(lambda called: ast.unparse(called) == "Prepared.resume")
    assert resumed == {"authority/certificates/reconcile.py"}


def test_use_cases_reach_a_backend_s_key_by_one_function() -> None:
    """Profiles are tried with throwaway keys in memory. The key of a registration authority signs only messages."""
    signing = callers(lambda called: isinstance(called, ast.Attribute) and called.attr in ("sign", "sign_batch"))
    of_use_cases = {path for path in signing if path.startswith(("authority/", "protocols/", "worker/", "server/"))}
    assert of_use_cases == {
        "authority/signing/sign.py",
        "authority/certificates/profile_samples.py",
        "authority/enrollment/scep.py",
        "authority/requests/server_keys.py",
    }
