"""otherName entries: the profile must list their type-id, and the value must be as its standard requires."""

from __future__ import annotations

import re
from collections.abc import Callable

from pki_manager.domain.other_names import NTDS_REPLICATION, SMTP_UTF8_MAILBOX, UPN, OtherName, ValueForm
from pki_manager.policy.characters import find_text_fault

_MAX_OCTETS = 512
_MAX_USER_OCTETS = 64
_GUID = re.compile(r"0410[0-9a-f]{32}")
_MAILBOXES = frozenset({UPN, SMTP_UTF8_MAILBOX})

HostFault = Callable[[str], tuple[str, str] | None]


def find_other_name_fault(name: OtherName, allowed: tuple[str, ...], host_fault: HostFault) -> tuple[str, str] | None:
    """Return the rule ID and the error of an otherName; None if it is valid.

    `host_fault` checks the domain of a mailbox.
    """
    if name.type_id not in allowed:
        return "san.other_type", f"must have a type-id that the profile lists; {name.type_id} is not"
    if len(name.text.encode(errors="surrogatepass")) > _MAX_OCTETS:
        return "san.other", f"must have at most {_MAX_OCTETS} bytes"
    if name.type_id in _MAILBOXES:
        fault = _mailbox_fault(name, host_fault)
    elif name.type_id == NTDS_REPLICATION:
        is_guid = name.form is ValueForm.DER and _GUID.fullmatch(name.text)
        fault = None if is_guid else "must be DER:0410 and the 32 hex digits of the GUID"
    else:
        fault = None if name.form is ValueForm.DER else find_text_fault(name.text)
    return None if fault is None else ("san.other", fault)


def _mailbox_fault(name: OtherName, host_fault: HostFault) -> str | None:
    if name.form is not ValueForm.UTF8:
        return "must be a UTF8String"
    local, _, domain = name.text.rpartition("@")
    if not local or "@" in local or " " in local or len(local.encode(errors="surrogatepass")) > _MAX_USER_OCTETS:
        return f"must be user@domain, with a user part of at most {_MAX_USER_OCTETS} bytes and no space"
    if name.type_id == SMTP_UTF8_MAILBOX and local.isascii():
        return "must have a local part that is not ASCII; request this one as email (RFC 9598 §3)"
    # Windows ignores case and uses the spelling of its directory; RFC 9598 requires lower case.
    of_domain = host_fault(domain.lower() if name.type_id == UPN and domain.isascii() else domain)
    return find_text_fault(local) or (f"its domain {of_domain[1]}" if of_domain else None)
