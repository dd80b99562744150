"""Certification paths (RFC 5280 §6): search among provided certificates, and validation. Nothing is fetched."""

from pki_manager.x509.path.model import Question, Reason, Verdict
from pki_manager.x509.path.policies import compute_policies
from pki_manager.x509.path.search import verify

__all__ = ["Question", "Reason", "Verdict", "compute_policies", "verify"]
