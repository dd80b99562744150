"""Custom profiles: create, update by a new version, retire. Also keeps the built-in profiles up to date."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority.certificates.profile_samples import judge_samples
from pki_manager.authority.kernel import approval_gate, guard
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.domain import renames
from pki_manager.domain.approval import Operation
from pki_manager.domain.errors import Conflict, FieldError, InvalidInput, LintRefused, NotFound
from pki_manager.domain.events.certificates import ProfileCreated, ProfileRetired, ProfileUpdated
from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.remark import Remark, RemarkSeverity
from pki_manager.domain.profiles.terms import ProfileState
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission, Target
from pki_manager.policy.approval import Touched
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES
from pki_manager.policy.profile_review import review
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork
from pki_manager.x509.asn1.typed_value import encode_value
from pki_manager.x509.lint.registry import load_certificate_rules

OWN = frozenset({"root-ca", "issuing-ca", "ocsp-responder", "scep-ra", "cmp-responder", "tls-server"})
"""Names of the profiles that the installation itself uses. They can get new versions, but cannot be retired."""

_BUILTIN = "profile.standing."
"""Key of the last version that a program added of a built-in profile: its number and the digest of its definition."""

_SUPERSEDED = "profile.superseded."
"""Key of the digests of earlier definitions of a built-in profile."""

_WITHOUT_RECORD = frozenset({"tls-server", "tls-client", "issuing-ca", "root-ca", "ocsp-responder"})
"""Built-in profiles of the first program version, which recorded no versions."""

_PKILINT = "pkilint:"


def check(ctx: Context, actor: Actor, body: object) -> tuple[Remark, ...]:
    """Return every remark and error about a profile definition (`profile_codec`) without storing it."""
    access.require_somewhere(actor, Permission.PROFILE_READ)
    try:
        profile = codec.from_dict(body)
    except InvalidInput as error:
        return tuple(Remark(RemarkSeverity.ERROR, e.field, e.rule, e.message) for e in error.errors)
    return _remarks(profile, ctx.ports.clock.now())


def create(ctx: Context, actor: Actor, body: object, claim: Claim | None = None) -> Done[Profile]:
    """Create version 1 of a profile from its definition.

    Raises InvalidInput with every error of the definition; LintRefused if a sample certificate breaks a rule; Conflict
    if the name is in use, also by a retired profile.
    """
    access.require_somewhere(actor, Permission.PROFILE_CREATE)

    def work() -> Profile:
        profile = codec.from_dict(body)
        access.require(actor, Permission.PROFILE_CREATE, Target(profile=profile.name))
        if profile.version != 1:
            raise InvalidInput.of("version", "profile.version", "must be 1 for a new profile")
        _require_free(ctx, profile.name)
        _require_sound(profile, ctx.ports.clock.now())
        permit = approval_gate.ask(ctx, actor, _change("create", profile))
        now = ctx.ports.clock.now()
        with ctx.ports.storage.begin(actor) as uow:
            uow.meta.lock_directory()
            permit.use(uow, now)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, ctx.new_id(), now)
            uow.profiles.add(profile, now)
            uow.record(
                ProfileCreated(
                    object_id=profile.name, version=profile.version, definition_sha256=hash_definition(profile)
                )
            )
        return profile

    def again(_: UUID) -> Profile:
        with ctx.ports.storage.read() as reader:
            return reader.profiles.get(codec.from_dict(body).name, 1)

    return run_once(ctx, actor, claim, work, again)


def update(ctx: Context, actor: Actor, name: str, body: object) -> Profile:
    """Create a new version of a profile. Issued certificates stay bound to the version they were issued under.

    An unchanged definition creates no version. `version`, if set, is the version that was edited. Raises Conflict if it
    is not the newest, or the profile is retired; NotFound if there is no such profile; InvalidInput with every error,
    also for another name or kind; LintRefused as `create`.
    """
    guard.require_profile(actor, Permission.PROFILE_UPDATE, name)
    with ctx.ports.storage.read() as reader:
        newest = reader.profiles.get(name)
    profile = _successor(newest, body)
    if profile == replace(newest, version=profile.version):
        return newest
    now = ctx.ports.clock.now()
    _require_sound(profile, now)
    permit = approval_gate.ask(ctx, actor, _change("update", profile))
    with ctx.ports.storage.begin(actor) as uow:
        uow.meta.lock_directory()
        permit.use(uow, now)
        _require_active(uow.profiles.get(name))
        uow.profiles.add(profile, now)
        uow.record(ProfileUpdated(object_id=name, version=profile.version, definition_sha256=hash_definition(profile)))
    return profile


def retire(ctx: Context, actor: Actor, name: str, claim: Claim | None = None) -> Done[Profile]:
    """Retire a profile permanently: nothing more is issued under it. Its certificates stay valid and can be revoked.

    Raises NotFound if it does not exist; Conflict if it is retired already or the installation itself needs it.
    """
    guard.require_profile(actor, Permission.PROFILE_RETIRE, name)

    def work() -> Profile:
        if name in OWN:
            raise Conflict(
                f"Profile {name!r} is used for certificates of the installation itself. It can be changed, "
                "but not retired."
            )
        now = ctx.ports.clock.now()
        with ctx.ports.storage.read() as reader:
            known = reader.profiles.get(name)
        permit = approval_gate.ask(ctx, actor, _change("retire", known))
        with ctx.ports.storage.begin(actor) as uow:
            uow.meta.lock_directory()
            permit.use(uow, now)
            newest = uow.profiles.get(name)
            _require_active(newest)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, ctx.new_id(), now)
            uow.profiles.retire(name)
            uow.record(ProfileRetired(object_id=name, version=newest.version))
        return replace(newest, state=ProfileState.RETIRED)

    def again(_: UUID) -> Profile | None:
        with ctx.ports.storage.read() as reader:
            newest = reader.profiles.get(name)
        return newest if newest.state is ProfileState.RETIRED else None

    return run_once(ctx, actor, claim, work, again)


def _change(verb: str, profile: Profile) -> Act:
    """Return the change as an operation for the approval gate."""
    body = {"verb": verb, "definition": _to_signed_form(profile)}
    return Act(Operation.PROFILE_CHANGE, "profile", profile.name, body, Touched(profile=profile.name))


def keep_builtin_profiles(ctx: Context, actor: Actor) -> None:
    """Add missing built-in profiles, and new versions of those whose definition changed in this program.

    Profiles that an administrator updated or retired are not changed. An older program, on another host during an
    upgrade, does not add its definitions again. Can run at every start, in several processes.
    """
    now = ctx.ports.clock.now()
    for profile in BUILTIN_PROFILES:
        digest = hash_definition(profile)
        with ctx.ports.storage.read() as reader:
            missing = _missing_version(reader, profile, digest)
        if not missing:
            continue
        # Conflict: another process has just done it.
        with suppress(Conflict), ctx.ports.storage.begin(actor) as uow:
            number = _missing_version(uow, profile, digest)
            if number:
                uow.profiles.add(replace(profile, version=number), now)
                event = ProfileCreated if number == 1 else ProfileUpdated
                uow.record(event(object_id=profile.name, version=number, definition_sha256=digest))
                _remember(uow, profile.name, number, digest)


def _remember(uow: UnitOfWork, name: str, number: int, digest: str) -> None:
    """Store the version that was added of a built-in profile, and the digest of the definition that it supersedes."""
    _, _, before = (uow.meta.get(_BUILTIN + name) or "").partition(":")
    if before:
        uow.meta.put(_SUPERSEDED + name, " ".join((*_list_superseded(uow, name), before)))
    uow.meta.put(_BUILTIN + name, f"{number}:{digest}")


def _list_superseded(reader: Reader, name: str) -> list[str]:
    return (reader.meta.get(_SUPERSEDED + name) or "").split()


def _missing_version(reader: Reader, profile: Profile, digest: str) -> int:
    """Return the number of the built-in profile's version to add; 0 if none.

    A profile that an administrator created under the name of a built-in one is kept. Installations of the first program
    version did not record which versions they had added.
    """
    try:
        newest = reader.profiles.get(profile.name)
    except NotFound:
        return 1
    added = reader.meta.get(_BUILTIN + profile.name)
    if added is None and profile.name not in _WITHOUT_RECORD:
        return 0
    if digest in _list_superseded(reader, profile.name):
        return 0
    number, _, known = (added or "1:").partition(":")
    is_unchanged = int(number) == newest.version and newest.state is ProfileState.ACTIVE
    return newest.version + 1 if is_unchanged and known != digest else 0


def hash_definition(profile: Profile) -> str:
    """Return the SHA-256 (lower-case hex) of a profile's definition as canonical JSON without its version.

    Renamed fields keep their original names, so that digests in the audit log and in open approvals still match.
    """
    definition = renames.to_former(_to_signed_form(replace(profile, version=1)))
    return hashlib.sha256(json.dumps(definition, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _to_signed_form(profile: Profile) -> dict[str, object]:
    """Return the JSON form of a profile for digests. It omits `extensions` if there are none.

    Digests of profiles from before the field existed therefore still match.
    """
    form = codec.to_dict(profile)
    if not profile.extensions:
        del form["extensions"]
    return form


def _successor(newest: Profile, body: object) -> Profile:
    profile = codec.from_dict(body)
    given = isinstance(body, dict) and "version" in body
    for field in ("name", "kind"):
        if getattr(profile, field) != getattr(newest, field):
            raise InvalidInput.of(field, f"profile.{field}", f"cannot be changed from {getattr(newest, field)}")
    _require_active(newest)
    if given and profile.version != newest.version:
        raise Conflict(
            f"You edited version {profile.version}, but the newest version is {newest.version}. Reload it "
            "and try again."
        )
    return replace(profile, version=newest.version + 1)


def _require_free(ctx: Context, name: str) -> None:
    """Raise Conflict if a profile with this name exists, before samples are generated.

    The unique key of the database decides finally.
    """
    with ctx.ports.storage.read() as reader:
        try:
            reader.profiles.get(name)
        except NotFound:
            return
    raise Conflict(f"A profile named {name!r} already exists.")


def _require_active(profile: Profile) -> None:
    if profile.state is ProfileState.RETIRED:
        raise Conflict(f"Profile {profile.name!r} is retired.")


def _require_sound(profile: Profile, now: datetime) -> None:
    errors = tuple(
        FieldError(remark.field, remark.rule, remark.message)
        for remark in _remarks(profile, now)
        if remark.severity is RemarkSeverity.ERROR
    )
    if errors:
        detail = "; ".join(f"{error.rule}: {error.message}" for error in errors)
        raise LintRefused(f"Lint would refuse the certificates of this profile: {detail}.", errors=errors)


def _remarks(profile: Profile, now: datetime) -> tuple[Remark, ...]:
    found = (*review(profile), *_unknown_lint_exceptions(profile), *_malformed_values(profile))
    if any(remark.severity is RemarkSeverity.ERROR for remark in found):
        return found
    return (*found, *judge_samples(profile, now))


def _malformed_values(profile: Profile) -> Iterator[Remark]:
    """Yield an error for each extension whose value is not one DER element."""
    for place, extension in enumerate(profile.extensions):
        if extension.value is None:
            continue
        try:
            encode_value(extension.type, extension.value, f"extensions.{place}.value")
        except InvalidInput as error:
            for fault in error.errors:
                yield Remark(RemarkSeverity.ERROR, fault.field, fault.rule, fault.message)


def _unknown_lint_exceptions(profile: Profile) -> tuple[Remark, ...]:
    known = {rule.id for rule in load_certificate_rules()}
    return tuple(
        Remark(
            RemarkSeverity.WARNING,
            "lint_exceptions",
            "profile.lint_exception",
            f"must be a known lint rule, not {exception.rule!r}",
        )
        for exception in profile.lint_exceptions
        if exception.rule not in known and not exception.rule.startswith(_PKILINT)
    )
