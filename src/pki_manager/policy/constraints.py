"""Name constraints of a CA and of all CAs above it, checked before anything is signed (RFC 5280 §4.2.1.10)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable

from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints, NameKind
from pki_manager.domain.other_names import SMTP_UTF8_MAILBOX, OtherName
from pki_manager.policy import names
from pki_manager.policy.names import Fault
from pki_manager.policy.reasons import Findings

_LIKE_A_HOST = re.compile(
    r"[a-z0-9_*](?:[a-z0-9_*-]*[a-z0-9_*])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)+\.?", re.IGNORECASE | re.ASCII
)
_WILD_LABEL = re.compile(r"^[^.]*\*[^.]*\.")


def judge_names(
    subject: DistinguishedName,
    sans: tuple[AlternativeName, ...],
    constraints: tuple[NameConstraints, ...],
    findings: Findings,
    *,
    host: bool,
) -> None:
    """Refuse each name that the name constraints of the CAs do not permit.

    Email addresses in the subject are checked too (RFC 5280). The common name is checked if the subject can be a `host`
    and there is no dNSName, because some clients use it (RFC 6125 §6.4.4) and OpenSSL constrains it.
    """
    for name in (*sans, *list_names_in_subject(subject, sans, host=host)):
        for of_one_ca in constraints:
            fault = _fault(name, of_one_ca)
            if fault:
                findings.refuse("sans" if name in sans else "subject", *fault)


def judge_directory(subject: DistinguishedName, constraints: tuple[NameConstraints, ...], findings: Findings) -> None:
    """Refuse a subject that the directory name constraints of the CAs do not permit. An empty subject is permitted."""
    for of_one_ca in constraints if not subject.is_empty() else ():
        for base in of_one_ca.excluded_directories:
            if subject.is_below(base):
                message = f"must not contain {subject}, which is in the excluded subtree {base} of the CA"
                findings.refuse("subject", "name_constraints.excluded", message)
        permitted = of_one_ca.permitted_directories
        if permitted and not any(subject.is_below(base) for base in permitted):
            message = (
                f"must not contain {subject}, which is outside the permitted subtrees of the CA: "
                f"{'; '.join(map(str, permitted))}"
            )
            findings.refuse("subject", "name_constraints.permitted", message)


def find_common_directory(constraints: tuple[NameConstraints, ...]) -> DistinguishedName:
    """Return the longest name, for subjects to begin with, that lies in the permitted directory subtrees of all CAs.

    The result is empty if there is none or no subtrees limit the subject.
    """
    limits = [of_one_ca.permitted_directories for of_one_ca in constraints if of_one_ca.permitted_directories]
    fitting = [
        base
        for base in dict.fromkeys(base for bases in limits for base in bases)
        if all(any(base.is_below(other) for other in bases) for bases in limits)
    ]
    return max(fitting, key=lambda base: len(base.rdns), default=DistinguishedName())


def judge_permitted(
    subject: DistinguishedName,
    sans: tuple[AlternativeName, ...],
    permitted: tuple[AlternativeName, ...],
    findings: Findings,
) -> None:
    """Refuse each name outside the subtrees that a profile permits. Without subtrees, every name is permitted.

    Subtrees are compared as in name constraints. A name of a kind without a subtree is refused, except in the subject.
    """
    kinds = {base.kind for base in permitted}
    for name in (*sans, *list_names_in_subject(subject, sans, host=True)) if permitted else ():
        if not is_within(_as_limited(name) or name, permitted) and (name in sans or name.kind in kinds):
            field = "sans" if name in sans else "subject"
            findings.refuse(
                field, "san.permitted", f"must be within {', '.join(map(str, permitted))}; {name.value!r} is not"
            )


def list_names_in_subject(
    subject: DistinguishedName, sans: tuple[AlternativeName, ...], *, host: bool
) -> list[AlternativeName]:
    """Return the names in a subject that clients can read as alternative names.

    These are email addresses and, if `host` and there is no dNSName, host names in common names.
    """
    found = [AlternativeName.of(NameKind.EMAIL, value) for value in subject.values("emailAddress")]
    if host and not any(name.kind is NameKind.DNS for name in sans):
        found += _hosts(subject)
    return found


def _hosts(subject: DistinguishedName) -> list[AlternativeName]:
    """Return the common names that clients can read as host names of two or more labels. `alice` is not one.

    Clients accept more than a dNSName may contain: OpenSSL accepts underscores, numbers, and a `*` beside other
    characters, and some clients drop a final dot. An IP address is not a host name.
    """
    return [name for value in subject.values("CN") if (name := parse_host(value)) is not None]


def parse_host(common_name: str) -> AlternativeName | None:
    """Return the host name that clients can read a common name as. None if there is none, and for an IP address."""
    value = common_name.lower()
    if not _LIKE_A_HOST.fullmatch(common_name) or names.is_address(value):
        return None
    return AlternativeName(NameKind.DNS, _WILD_LABEL.sub("*.", value.removesuffix(".")))


def _as_limited(name: AlternativeName) -> AlternativeName | None:
    """Return the form in which a name is compared with subtrees, or None if it cannot be compared.

    An SmtpUTF8Mailbox is compared as an email address (RFC 9598 §6).
    """
    if name.kind is not NameKind.OTHER:
        return name
    other = OtherName.parse(name.value)
    return AlternativeName(NameKind.EMAIL, other.text) if other.type_id == SMTP_UTF8_MAILBOX else None


def _fault(name: AlternativeName, constraints: NameConstraints) -> Fault | None:
    limited = _as_limited(name)
    if limited is None:
        message = f"must not contain {name.value!r}, because the CA's constraints cannot limit names of this kind"
        return "name_constraints.permitted", message
    return _limited_fault(limited, constraints)


def _limited_fault(name: AlternativeName, constraints: NameConstraints) -> Fault | None:
    excluded = [base.value for base in constraints.excluded if base.kind is name.kind]
    permitted = [base.value for base in constraints.permitted if base.kind is name.kind]
    if name.kind is NameKind.URI and (excluded or permitted) and not _has_host_name(name.value):
        return (
            "name_constraints.permitted",
            f"must not contain {name.value!r}, which has no host name to compare with the constraints of the CA",
        )
    for base in excluded:
        if _TOUCHES[name.kind](name.value, base):
            return (
                "name_constraints.excluded",
                f"must not contain {name.value!r}, which is in the excluded subtree {base!r} of the CA",
            )
    if permitted and not any(_WITHIN[name.kind](name.value, base) for base in permitted):
        return (
            "name_constraints.permitted",
            f"must not contain {name.value!r}, which the permitted subtrees of the CA exclude: {', '.join(permitted)}",
        )
    return None


def find_subtree_fault(base: AlternativeName) -> str | None:
    """Return why a subtree cannot be used in the name constraints of a new CA, else None."""
    if base.kind is NameKind.IP:
        try:
            ipaddress.ip_network(base.value)
        except ValueError as error:
            return str(error)
        return None
    if base.kind is NameKind.EMAIL and "@" in base.value:
        fault = names.find_email_fault(base.value)
    else:
        host = base.value if base.kind is NameKind.DNS else base.value.removeprefix(".")
        fault = names.find_host_fault(host)
    return fault[1] if fault else None


def judge_subtrees(requested: NameConstraints, above: tuple[NameConstraints, ...], findings: Findings) -> None:
    """Refuse permitted subtrees of a new CA that are outside those of a CA above, or excluded by one.

    No certification path with a name in them would be valid (RFC 5280 §6.1.4 (g)).
    """
    for base in requested.permitted:
        for of_one_ca in above:
            within = _SUBTREE_WITHIN[base.kind]
            permitted = [other.value for other in of_one_ca.permitted if other.kind is base.kind]
            excluded = [other.value for other in of_one_ca.excluded if other.kind is base.kind]
            if permitted and not any(within(base.value, other) for other in permitted):
                message = (
                    f"must be within the permitted subtrees of the CAs above, {', '.join(permitted)}; {base} is not"
                )
                findings.refuse("name_constraints", "name_constraints.issuer", message)
            if any(within(base.value, other) for other in excluded):
                message = f"must not contain {base}, which is in an excluded subtree of a CA above"
                findings.refuse("name_constraints", "name_constraints.issuer", message)
    _judge_directories(requested, above, findings)


def _judge_directories(requested: NameConstraints, above: tuple[NameConstraints, ...], findings: Findings) -> None:
    for base in requested.permitted_directories:
        for of_one_ca in above:
            permitted = of_one_ca.permitted_directories
            if permitted and not any(base.is_below(other) for other in permitted):
                message = (
                    f"must be within the permitted subtrees of the CAs above, {'; '.join(map(str, permitted))}; "
                    f"{base} is not"
                )
                findings.refuse("name_constraints", "name_constraints.issuer", message)
            if any(base.is_below(other) for other in of_one_ca.excluded_directories):
                message = f"must not contain {base}, which is in an excluded subtree of a CA above"
                findings.refuse("name_constraints", "name_constraints.issuer", message)


def is_within(name: AlternativeName, bases: Iterable[AlternativeName]) -> bool:
    """Return whether a name is in one of the subtrees. An otherName is in none."""
    return any(base.kind is name.kind and _WITHIN[name.kind](name.value, base.value) for base in bases)


def is_subtree_within(inner: AlternativeName, outer: AlternativeName) -> bool:
    """Return whether one subtree lies completely within the other."""
    return inner.kind is outer.kind and _SUBTREE_WITHIN[inner.kind](inner.value, outer.value)


def _dns_within(name: str, base: str) -> bool:
    """Return whether a DNS name lies in a subtree, ignoring case. A wildcard is compared like its parent domain.

    Only whole labels match. `.example.com`, which RFC 5280 does not define but other CAs use, contains everything below
    that domain.
    """
    name, base = name.lower(), base.lower()
    return name == base or name.endswith(base if base.startswith(".") else f".{base}") or base == ""


def _dns_touches(name: str, base: str) -> bool:
    """Return whether a DNS name, or any name that it covers as a wildcard, lies in the subtree.

    For example, `*.a.example` covers `b.a.example`.
    """
    base = base.lower().removeprefix(".")
    if _dns_within(name, base):
        return True
    return name.startswith("*.") and base.partition(".")[2] == name[2:].lower()


def _ip_within(name: str, base: str) -> bool:
    return ipaddress.ip_address(name) in ipaddress.ip_network(base, strict=False)


def _block_within(block: str, base: str) -> bool:
    inner, outer = ipaddress.ip_network(block), ipaddress.ip_network(base)
    if isinstance(inner, ipaddress.IPv4Network):
        return isinstance(outer, ipaddress.IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, ipaddress.IPv6Network) and inner.subnet_of(outer)


def _host_within(host: str, base: str) -> bool:
    """Return whether a host of a URI or email address is in a subtree (RFC 5280).

    `host` contains only that host; `.domain` contains all hosts below the domain, but not the domain.
    """
    host, base = host.lower(), base.lower()
    return host.endswith(base) if base.startswith(".") else base in ("", host)


def _email_within(name: str, base: str) -> bool:
    local, _, host = name.rpartition("@")
    if "@" not in base:
        return _host_within(host, base)
    base_local, _, base_host = base.rpartition("@")
    return local == base_local and host.lower() == base_host.lower()


def _uri_within(name: str, base: str) -> bool:
    return _host_within(names.parse_uri_host(name) or "", base)


def _has_host_name(uri: str) -> bool:
    host = names.parse_uri_host(uri)
    return host is not None and names.find_host_fault(host) is None


_WITHIN: dict[NameKind, Callable[[str, str], bool]] = {
    NameKind.DNS: _dns_within,
    NameKind.IP: _ip_within,
    NameKind.EMAIL: _email_within,
    NameKind.URI: _uri_within,
}
_TOUCHES = {**_WITHIN, NameKind.DNS: _dns_touches}

# A bare or dotted domain lies within another as a host does; only blocks and hosts in URIs are written differently.
_SUBTREE_WITHIN = {**_WITHIN, NameKind.IP: _block_within, NameKind.URI: _host_within}
