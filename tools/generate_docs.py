"""Write `docs/reference/`, the drawing of the architecture, and `web/openapi.json`: `make generate`. Tests compare."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from pki_manager.cli.exits import BY_KIND
from pki_manager.cli.main import build
from pki_manager.domain import errors
from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.events import audit
from pki_manager.domain.events.actions import list_event_types
from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.profile import Profile
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES
from pki_manager.protocols.ocsp.errors import STATUS as OCSP_STATUS
from pki_manager.protocols.rest.problems import STATUS
from pki_manager.x509.lint.registry import (
    load_certificate_rules,
    load_crl_rules,
    load_ocsp_rules,
    load_public_tls_rules,
)
from pki_manager.x509.lint.rule import Rule
from tools import architecture
from tools.markdown import code, first_paragraph, page, table
from tools.metrics_reference import metrics
from tools.rest_reference import document, rest
from tools.settings_reference import choices, settings

_ROOT = Path(__file__).resolve().parent.parent
REFERENCE = _ROOT / "docs" / "reference"
WRITTEN = frozenset({"glossary.md"})
"""Pages beside the generated ones that people write."""
OPENAPI = _ROOT / "web" / "openapi.json"
_HOME = Path("/nowhere")


def pages() -> dict[str, str]:
    """Return the text of every generated page, by file name."""
    return {name: write() for name, write in _PAGES.items()}


def main() -> None:
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    OPENAPI.write_text(openapi(), encoding="utf-8")
    architecture.PAGE.write_text(architecture.page(), encoding="utf-8")


def openapi() -> str:
    """Return the OpenAPI document, from which the client of the web UI is generated."""
    return json.dumps(document(), indent=1, sort_keys=True) + "\n"


# --- errors

_TREE_LINE = re.compile(r"^[│├└─ ]*(?P<name>[A-Z]\w+) {2,}(?P<meaning>\S.*)$", re.MULTILINE)


def _errors() -> str:
    meanings = {found["name"]: found["meaning"] for found in _TREE_LINE.finditer(errors.__doc__ or "")}
    rows = [
        (
            code(kind.code),
            kind.title,
            STATUS[kind],
            f"{BY_KIND[kind].value}",
            code(OCSP_STATUS[kind].name.lower()),
            meanings.get(kind.__name__, ""),
        )
        for kind in errors.list_error_classes()
    ]
    return page(
        "Errors",
        "All interfaces use the same errors. Over REST an error is a problem document (RFC 9457) with `code`, "
        "`detail`, `errors[]`, and `request_id`. The command line prints the same and ends with the exit code. `code` "
        "is stable. The text of a 500 stays in the log, under the request ID.",
        table(("Code", "Title", "HTTP", "Exit code", "OCSP", "Description"), rows),
        "HTTP also returns `not_found` (unknown path), `method_not_allowed`, and `bad_request`. Exit code 0 is "
        "success.",
    )


# --- command line

_CONNECTION_PANEL = "Connection"
_EVERYWHERE = frozenset({"output", "verbose", "help"})


def verbs() -> dict[str, Any]:
    """Return every command of the program by its words (`cert issue`)."""
    return dict(_below(typer.main.get_command(build([], whole=True)), ""))


def _below(command: Any, words: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    below: Mapping[str, Any] = getattr(command, "commands", {})
    if not below:
        yield words, command
    for name, one in below.items():
        yield from _below(one, f"{words} {name}".strip())


def _cli() -> str:
    parts = [_command(words, command) for words, command in verbs().items()]
    connection = next(iter(verbs().values())).params
    rows = [_parameter(one) for one in connection if _is_shared(one)]
    return page(
        "Command line",
        "Commands have the form `pkim NOUN VERB`. On the machine of the installation they use the data directory, as "
        "`local:<user>`, for its owner only. With `--url` and `--token-file` they use a server, with the same commands "
        "and output. Exit codes are in [errors](errors.md).",
        "Nearly every command has these options:",
        table(("Option", "Description", "Default"), rows),
        *parts,
    )


def _command(words: str, command: Any) -> str:  # noqa: ANN401 - typer's own class
    own = [one for one in command.params if not _is_shared(one)]
    arguments = " ".join(one.metavar or one.name.upper() for one in own if not one.opts[0].startswith("-"))
    text = f"## pkim {words}\n\n{inspect.cleandoc(command.help or '')}\n\n```\npkim {words} {arguments}".rstrip()
    options = table(("Option", "Description", "Default"), [_parameter(one) for one in own])
    return f"{text}\n```" + (f"\n\n{options}" if own else "")


def _is_shared(parameter: Any) -> bool:  # noqa: ANN401
    return parameter.rich_help_panel == _CONNECTION_PANEL or parameter.name in _EVERYWHERE


def _parameter(parameter: Any) -> tuple[str, str, str]:  # noqa: ANN401
    named = [*parameter.opts, *parameter.secondary_opts]
    if not named[0].startswith("-"):
        named = [parameter.metavar or parameter.name.upper()]
    parts = (parameter.help or "", choices(parameter.type_descriptor.annotation), _repeatable(parameter))
    return code(*named), "; ".join(filter(None, parts)), "required" if parameter.required else _default(parameter)


def _default(parameter: Any) -> str:  # noqa: ANN401
    default = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
    if default is True:
        return code(parameter.opts[0])
    return "" if default in (None, False) else code(default)


def _repeatable(parameter: Any) -> str:  # noqa: ANN401
    return "can be repeated" if getattr(parameter, "multiple", False) else ""


# --- audit, lint, profiles


def _audit() -> str:
    rows = [
        (code(kind.ACTION), code(kind.OBJECT), code(*_details(kind)), first_paragraph(kind))
        for kind in list_event_types()
    ]
    return page(
        "Audit actions",
        "An audit event has the fields `{seq, node, time, actor, action, object, outcome, reason, request_id, peer, "
        "details, kms, hash, mac}`. Certificates and CRLs have one event for the intent and one for the result; every "
        "other change has exactly one. `kms` is present if a private key was used. See [verify the audit "
        "log](../how-to/verify-the-audit-log.md).",
        table(("Action", "Object", "Details", "Description"), rows),
    )


def _details(kind: type[audit.AuditEvent]) -> list[str]:
    base = audit.AuditEvent.__dataclass_fields__
    return [name for name in kind.__dataclass_fields__ if name not in base]


def _lint() -> str:
    return page(
        "Lint rules",
        "Every object is linted before it is signed, under a throwaway signature. An `error` violates a MUST: the "
        "request is refused and no CA key is used. A `warning` violates a SHOULD; a `notice` is information. A rule "
        "does not apply to objects dated before `since`. pkilint checks the same bytes; its findings are named "
        "`pkilint:<code>`. Objects that cannot be decoded have the finding `certificate.encoding`, `crl.encoding`, or "
        "`ocsp.encoding`.",
        *(
            f"## {title}\n\n{_rules(rules)}"
            for title, rules in (
                ("Certificates", load_certificate_rules()),
                ("Certificates of profiles with `public_tls`", load_public_tls_rules()),
                ("CRLs", load_crl_rules()),
                ("OCSP responses", load_ocsp_rules()),
            )
        ),
    )


def _rules(rules: Iterable[Rule[Any]]) -> str:
    rows = [(code(rule.id), rule.severity.value, rule.requirement, rule.citation, rule.since) for rule in rules]
    return table(("Rule", "Severity", "Requirement", "Source", "Since"), rows)


def _profiles() -> str:
    types = [
        (
            code(row.name),
            row.strength,
            ", ".join(code(one.name) for one in row.signatures) or "nothing",
            ", ".join(sorted(row.uses)),
        )
        for row in KEY_TYPES.values()
    ]
    form = codec.build_schema()
    return page(
        "Profiles",
        "A profile defines what can be issued with it and the contents of the certificates. The built-in profiles "
        "below exist from the first start. You can replace each with a version of your own, and [create new "
        "ones](../how-to/create-a-profile.md). `pkim profile show NAME --out FILE` writes a profile in full.",
        "## Fields",
        "These are the fields of YAML and JSON files, and of REST. Lists have at most "
        f"{codec.MAX_ITEMS} entries. Unknown fields and values are refused.",
        table(("Field", "Type", "Default", "Description"), list(_fields(form))),
        *(_profile(profile) for profile in BUILTIN_PROFILES),
        "## Key types",
        "Strength is the equivalent symmetric strength in bits (SP 800-57 part 1, table 2; FIPS 203, FIPS 204). A key "
        "signs with the first algorithm unless its CA was created with another one.",
        table(("Key type", "Strength", "Signature algorithms", "Uses"), types),
        "## JSON Schema",
        "This is the schema of a definition for `create`, `update`, and `check`.",
        f"```json\n{json.dumps(form, indent=2, ensure_ascii=False)}\n```",
    )


def _fields(form: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Yield every field of the form, those of nested objects by dotted names."""
    for name, one in form["properties"].items():
        required = name in form["required"]
        default = "required" if required else code(json.dumps(one.get("default"), ensure_ascii=False))
        yield code(prefix + name), _schema_type(one), default, one.get("description", "")
        if "properties" in one:
            yield from _fields(one, f"{prefix}{name}.")


def _schema_type(one: Mapping[str, Any]) -> str:
    if "anyOf" in one:
        return " or ".join(_schema_type(option) for option in one["anyOf"])
    if one["type"] == "array":
        inner = one["items"]
        members = f" with {code(*inner['properties'])}" if "properties" in inner else ""
        return f"list of {_schema_type(inner)}{members}"
    if len(one.get("enum", ())) in range(1, 5):
        return code(*one["enum"])
    return {"string": "text", "integer": "number", "boolean": "yes or no"}.get(one["type"], str(one["type"]))


def _profile(profile: Profile) -> str:
    definition = codec.to_dict(profile)
    rows = [(code(name), _value(value)) for name, value in definition.items() if name not in ("name", "description")]
    return f"## {profile.name}\n\n{profile.description}.\n\n{table(('Field', 'Value'), rows)}"


def _value(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value for people; a nested object as `name: value` pairs."""
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return code(*value) if isinstance(value[0], str) else "; ".join(map(_value, value))
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_value(one)}" for name, one in value.items())
    return code(value)


_PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "errors.md": _errors,
    "cli.md": _cli,
    "rest.md": rest,
    "audit-actions.md": _audit,
    "lint-rules.md": _lint,
    "profiles.md": _profiles,
    "metrics.md": metrics,
}

if __name__ == "__main__":
    main()
