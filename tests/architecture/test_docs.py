"""The reference pages say what the code says, completely; and no page points into the void."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools import generate_docs, rest_reference

from pki_manager.domain import errors
from pki_manager.domain.events import actions, audit
from pki_manager.policy.standing import STANDING
from pki_manager.settings import Settings
from pki_manager.x509.lint.registry import certificate_rules, crl_rules, ocsp_rules

_ROOT = Path(__file__).parent.parent.parent
_PAGES = sorted(
    page.relative_to(_ROOT) for page in (*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md")) if page.is_file()
)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_COMMAND = re.compile(r"(?:`|^(?:\$ )?|\()pkim ([a-z-]+(?: [a-z]+(?:-[a-z]+)*){0,2})", re.MULTILINE)
_ROUTES = rest_reference.document()["paths"]
_VERBS = frozenset(generate_docs.verbs())


def _reference(name: str) -> str:
    return (generate_docs.REFERENCE / name).read_text(encoding="utf-8")


def test_generated_pages_are_up_to_date() -> None:
    on_disk = {page.name: page.read_text(encoding="utf-8") for page in generate_docs.REFERENCE.iterdir()}
    assert on_disk == generate_docs.pages(), "run `make generate`"


def test_the_openapi_document_of_the_web_ui_is_up_to_date() -> None:
    assert generate_docs.OPENAPI.read_text(encoding="utf-8") == generate_docs.openapi(), "run `make generate`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_line(name: str) -> None:
    assert f"| `{name}` | `PKIM_{name.upper()}` |" in _reference("settings.md")


@pytest.mark.parametrize("kind", errors.tree(), ids=lambda kind: kind.code)
def test_every_error_code_has_its_line(kind: type[errors.PkiError]) -> None:
    assert f"| `{kind.code}` |" in _reference("errors.md")


@pytest.mark.parametrize(
    ("path", "method"),
    [(path, method) for path, methods in _ROUTES.items() for method in methods],
)
def test_every_route_has_its_section_with_its_permission(path: str, method: str) -> None:
    operation = _ROUTES[path][method]
    section = f"`{method.upper()} /api/v1{path}` · permission `{operation['x-permission']}`"
    assert f"## {operation['operationId']}\n\n{section}" in _reference("rest.md")


_CLIENT_VARIABLES = frozenset({"PKIM_URL", "PKIM_TOKEN_FILE", "PKIM_CA_FILE"})
"""Variables of the command line alone: which server a command uses."""


@pytest.mark.parametrize("words", sorted(_VERBS))
def test_every_verb_has_its_section(words: str) -> None:
    assert f"\n## pkim {words}\n" in _reference("cli.md")


def test_the_verbs_of_the_first_road_are_there() -> None:
    promised = {"init", "serve", "selfcheck", "status", "version", "cert issue", "cert revoke", "audit verify"}
    assert promised <= _VERBS


@pytest.mark.parametrize("kind", actions.event_types(), ids=lambda kind: kind.ACTION)
def test_every_audit_action_has_its_line(kind: type[audit.AuditEvent]) -> None:
    assert f"| `{kind.ACTION}` | `{kind.OBJECT}` |" in _reference("audit-actions.md")


@pytest.mark.parametrize("identifier", [rule.id for rule in (*certificate_rules(), *crl_rules(), *ocsp_rules())])
def test_every_lint_rule_has_its_line(identifier: str) -> None:
    assert f"| `{identifier}` |" in _reference("lint-rules.md")


@pytest.mark.parametrize("profile", STANDING, ids=lambda profile: profile.name)
def test_every_standing_profile_has_its_section(profile: object) -> None:
    assert f"\n## {profile.name}\n" in _reference("profiles.md")  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", _PAGES, ids=str)
def test_relative_links_lead_somewhere(page: Path) -> None:
    text = _prose(page)
    broken = [target for target in _LINK.findall(text) if ":" not in target and not _resolves(page, target)]
    assert broken == []


def test_a_broken_link_is_found() -> None:
    page = Path("docs/README.md")
    assert not _resolves(page, "tutorial/no-such-page.md")
    assert not _resolves(page, "../README.md#no-such-heading")
    assert _resolves(page, "../README.md#what-it-does-not-do-yet")


@pytest.mark.parametrize("page", [page for page in _PAGES if page.parts[0] == "docs"], ids=str)
def test_every_page_is_on_the_map(page: Path) -> None:
    listed = {(Path("docs") / target).as_posix() for target in _LINK.findall(_prose(Path("docs/README.md")))}
    assert page.as_posix() in {*listed, "docs/README.md"}


@pytest.mark.parametrize("page", _PAGES, ids=str)
def test_settings_that_a_page_names_exist(page: Path) -> None:
    named = set(re.findall(r"\bPKIM_[A-Z_]+\b", (_ROOT / page).read_text(encoding="utf-8")))
    assert named - _CLIENT_VARIABLES <= {f"PKIM_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("page", _PAGES, ids=str)
def test_verbs_that_a_page_names_exist(page: Path) -> None:
    named = _COMMAND.findall((_ROOT / page).read_text(encoding="utf-8"))
    assert [words for words in named if not _is_command(words)] == []


def test_a_verb_that_does_not_exist_is_found() -> None:
    assert not _is_command("cert teleport")
    assert not _is_command("teleport")
    assert not _is_command("acme key teleport")
    assert _is_command("cert issue")
    assert _is_command("cert")
    assert _is_command("acme key")


def _is_command(words: str) -> bool:
    """A verb, with or without what follows it, or a noun alone."""
    named = words.split()
    beginnings = {" ".join(named[:count]) for count in range(1, len(named) + 1)}
    return not beginnings.isdisjoint(_VERBS) or any(verb.startswith(f"{words} ") for verb in _VERBS)


def _prose(page: Path) -> str:
    return _CODE.sub("", _FENCE.sub("", (_ROOT / page).read_text(encoding="utf-8")))


def _resolves(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    found = (_ROOT / page).parent / path if path else _ROOT / page
    return found.exists() and (not anchor or anchor in _anchors(found))


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
