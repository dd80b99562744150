"""The lint rules by kind of object: each module in the folder of a kind is one rule. They are sorted by name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from typing import Any

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.rule import Rule
from pki_manager.x509.lint.rulebook import AnyRule, Rulebook

_RULES = "pki_manager.x509.lint.rules"


@lru_cache(maxsize=1)
def load_certificate_rules() -> tuple[AnyRule, ...]:
    """Return the rules for certificates."""
    return _collect("certificate")


@lru_cache(maxsize=1)
def load_public_tls_rules() -> tuple[AnyRule, ...]:
    """Return the rules of the CA/Browser Forum for TLS certificates."""
    return _collect("public_tls")


@lru_cache(maxsize=2)
def load_certificate_rulebook(*, public_tls: bool) -> Rulebook:
    """Return the rules for certificates, including those of the CA/Browser Forum if `public_tls` is set."""
    return Rulebook(load_certificate_rules() + (load_public_tls_rules() if public_tls else ()))


@lru_cache(maxsize=1)
def load_crl_rules() -> tuple[Rule[CrlView], ...]:
    """Return the rules for CRLs."""
    return _collect("crl")


@lru_cache(maxsize=1)
def load_ocsp_rules() -> tuple[Rule[OcspView], ...]:
    """Return the rules for OCSP responses."""
    return _collect("ocsp")


def _collect(kind: str) -> tuple[Any, ...]:
    package = importlib.import_module(f"{_RULES}.{kind}")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(importlib.import_module(f"{package.__name__}.{name}").RULE for name in names)
