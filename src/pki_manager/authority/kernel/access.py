"""Permission checks of interfaces, which refuse an operation without its permission before its body is read."""

from pki_manager.domain.rights.permission import DANGEROUS, PUBLIC
from pki_manager.policy.access import Permission, is_allowed, require, require_somewhere
from pki_manager.policy.roles import list_builtin_grants

__all__ = ["DANGEROUS", "PUBLIC", "Permission", "is_allowed", "list_builtin_grants", "require", "require_somewhere"]
