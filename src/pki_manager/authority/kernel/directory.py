"""What every issuance needs and what seldom changes: CAs, keys, chains, profiles, approval rules. Read once, kept.

The database counts a revision up with every change of these tables, whichever process makes it. What is kept belongs to
one revision; the transaction that stores an intent compares it, and a refusal is only returned after that too:
so no decision rests on outdated rows, and unchanged rows are not read again.
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
    """Control flow inside the heart: the directory has changed since this view of it was read."""


class View:
    """The directory as of one revision. Filled as it is asked for; Stale when there is a newer one."""

    def __init__(self, storage: Storage, revision: int) -> None:
        self.revision = revision
        self._storage = storage
        self._issuers: dict[str, Issuer] = {}
        self._profiles: dict[str, Profile] = {}
        self._reserved: dict[str, ReservedKeys] = {}
        self._rules: dict[str, RuleSet] = {}

    def issuer(self, ca: str) -> Issuer:
        """The CA of that id or unique name, with its current key; NotFound, Conflict while it is pending."""
        return self._kept(self._issuers, ca, lambda reader: load_issuer(reader, find_ca(reader, ca)))

    def profile(self, name: str) -> Profile:
        """The newest version; NotFound."""
        return self._kept(self._profiles, name, lambda reader: reader.profiles.get(name))

    def reserved(self) -> ReservedKeys:
        """The keys for which no other certificate is issued."""
        return self._kept(self._reserved, "", lambda reader: reader.known_keys.reserved())

    def rules(self) -> RuleSet:
        """The approval rules, newest version."""
        return self._kept(self._rules, "", lambda reader: reader.approvals.rules())

    def terms(self, ca: str, profile: str) -> Terms:
        """Errors as `issuer` and `profile`."""
        return Terms(self.profile(profile), self.issuer(ca), self)

    def confirm(self) -> None:
        """Stale unless the directory is still what this view shows."""
        with self._storage.read() as reader:
            self.require_newest(reader)

    def _kept(self, known: dict[str, T], key: str, load: Callable[[Reader], T]) -> T:
        if key not in known:
            with self._storage.read() as reader:
                self.require_newest(reader)
                known[key] = load(reader)
        return known[key]

    def require_newest(self, reader: Reader) -> None:
        """Stale unless the directory, as `reader` sees it, is still what this view shows."""
        if reader.meta.directory_revision() != self.revision:
            raise Stale


@dataclass(frozen=True, slots=True)
class Terms:
    """By which profile, and for which CA, a request is judged; `view` is where they come from, if the directory."""

    profile: Profile
    issuer: Issuer
    view: View | None = None


class Directory:
    """The newest view that this process has. Thread-safe: views are replaced, never changed to another revision."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._view: View | None = None

    def view(self) -> View:
        """The newest that this process has; it may be stale."""
        return self._view or self._newest()

    def consult(self, work: Callable[[View], T]) -> T:
        """`work` with a view, and again with a newer one as often as it turns out stale.

        `work` must pass the view's revision on to its first transaction, or call `confirm` before it returns a refusal;
        for NotFound and Conflict that is done here. PartUnavailable when the directory does not come to rest.
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
            self._view = view = View(self._storage, reader.meta.directory_revision())
        return view
