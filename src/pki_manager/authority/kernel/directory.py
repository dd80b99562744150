"""The directory: a cache of what every issuance needs: CAs, keys, chains, profiles, approval rules.

The database increments a revision with every change of these tables, by any process. A cached view belongs to one
revision. The transaction that stores an issuance intent compares that revision with the newest one, and so does every
refusal before it is returned. Therefore, no decision is based on outdated rows, and unchanged rows are not read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pki_manager.authority.kernel.issuers import find_ca, load_issuer
from pki_manager.domain.approval import RuleSet
from pki_manager.domain.ca import Issuer
from pki_manager.domain.errors import Conflict, NotFound, PartUnavailable
from pki_manager.domain.known_key import ReservedKeys
from pki_manager.domain.profiles.profile import Profile
from pki_manager.ports.unit_of_work import Reader, Storage

T = TypeVar("T")

_ATTEMPTS = 10


class Stale(Exception):
    """Raised if the directory has changed since this view of it was read. The caller decides again with a new view."""


class View:
    """The directory at one revision. Rows are read when needed; reading raises Stale if there is a newer revision."""

    def __init__(self, storage: Storage, revision: int) -> None:
        self.revision = revision
        self._storage = storage
        self._issuers: dict[str, Issuer] = {}
        self._profiles: dict[str, Profile] = {}
        self._reserved: dict[str, ReservedKeys] = {}
        self._rules: dict[str, RuleSet] = {}

    def issuer(self, ca: str) -> Issuer:
        """Return the CA with this ID or unique name as an issuer with its current key.

        Raises NotFound if there is no such CA; Conflict while the CA is pending.
        """
        return self._kept(self._issuers, ca, lambda reader: load_issuer(reader, find_ca(reader, ca)))

    def profile(self, name: str) -> Profile:
        """Return the newest version of a profile. Raises NotFound if there is no such profile."""
        return self._kept(self._profiles, name, lambda reader: reader.profiles.get(name))

    def reserved(self) -> ReservedKeys:
        """Return the keys of CAs and OCSP responders, for which no other certificate is issued."""
        return self._kept(self._reserved, "", lambda reader: reader.known_keys.get_reserved())

    def rules(self) -> RuleSet:
        """Return the newest version of the approval rules."""
        return self._kept(self._rules, "", lambda reader: reader.approvals.get_rules())

    def terms(self, ca: str, profile: str) -> Terms:
        """Return the issuer and the profile of a request. Errors as `issuer` and `profile`."""
        return Terms(self.profile(profile), self.issuer(ca), self)

    def confirm(self) -> None:
        """Raise Stale unless this revision is still the newest."""
        with self._storage.read() as reader:
            self.require_newest(reader)

    def _kept(self, known: dict[str, T], key: str, load: Callable[[Reader], T]) -> T:
        if key not in known:
            with self._storage.read() as reader:
                self.require_newest(reader)
                known[key] = load(reader)
        return known[key]

    def require_newest(self, reader: Reader) -> None:
        """Raise Stale unless this revision is the newest that `reader` sees."""
        if reader.meta.get_directory_revision() != self.revision:
            raise Stale


@dataclass(frozen=True, slots=True)
class Terms:
    """The profile and the issuer that decide a request. `view` is the directory view that they come from, if any."""

    profile: Profile
    issuer: Issuer
    view: View | None = None


class Directory:
    """The newest view that this process has read. Thread-safe: views are replaced, not changed."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._view: View | None = None

    def view(self) -> View:
        """Return the newest view that this process has read. It can be outdated."""
        return self._view or self._newest()

    def consult(self, work: Callable[[View], T]) -> T:
        """Call `work` with a view, and again with a newer one if it raises Stale.

        `work` must pass the view's revision to its first transaction, or call `confirm` before it returns a refusal; if
        it raises NotFound or Conflict, that is done here. Raises PartUnavailable if the directory changes during every
        attempt.
        """
        for _ in range(_ATTEMPTS):
            view = self.view()
            try:
                return self._confirmed(view, work)
            except Stale:
                self._view = None
        raise PartUnavailable("CAs or profiles changed repeatedly during the request. Retry.", retry_after=1)

    def _confirmed(self, view: View, work: Callable[[View], T]) -> T:
        try:
            return work(view)
        except (NotFound, Conflict):
            view.confirm()
            raise

    def _newest(self) -> View:
        with self._storage.read() as reader:
            self._view = view = View(self._storage, reader.meta.get_directory_revision())
        return view
