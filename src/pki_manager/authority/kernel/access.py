"""Permission checks of interfaces, which refuse an operation without its permission before its body is read."""

from pki_manager.domain.rights.permission import DANGEROUS, PUBLIC
from pki_manager.policy.access import Permission, allowed, require, require_somewhere
from pki_manager.policy.roles import builtin_grants

__all__ = ["DANGEROUS", "PUBLIC", "Permission", "allowed", "builtin_grants", "require", "require_somewhere"]
