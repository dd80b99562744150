"""The reference pages agree with the code and are complete, and no page has a broken link."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from tools import architecture, generate_docs, rest_reference

from pki_manager.domain import errors
from pki_manager.domain.events import actions, audit
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES
from pki_manager.settings import Settings
from pki_manager.x509.lint.registry import load_certificate_rules, load_crl_rules, load_ocsp_rules

_ROOT = Path(__file__).parent.parent.parent
_PAGES = sorted(
    page.relative_to(_ROOT) for page in (*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md")) if page.is_file()
)
_GENERATED = {Path("docs/reference") / name for name in generate_docs.pages()}
_WRITTEN = [page for page in _PAGES if page not in _GENERATED and page.name != "CHANGELOG.md"]
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_COMMAND = re.compile(r"(?:`|^(?:\$ )?|\()pkim ([a-z][a-z-]*(?: [a-z]+(?:-[a-z]+)*){0,2})", re.MULTILINE)
_PATH = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:pyi?|tsx?|sh|java)|(?:[\w.-]+/)+)`")
_DEFINITION = re.compile(r"`(\w+)(?:\(\))?` (?:in|of) `((?:\w+/)*\w+\.py)`")
_SOURCE = _ROOT / "src" / "pki_manager"
_BASES = (
    _ROOT,
    _SOURCE,
    *(package for package in _SOURCE.iterdir() if package.is_dir()),
    _ROOT / "web",
    _ROOT / "web/src",
)
_TOPS = frozenset(path.name for base in (_ROOT, _SOURCE, _ROOT / "web/src") for path in base.iterdir() if path.is_dir())
_ROUTES = rest_reference.document()["paths"]
_VERBS = frozenset(generate_docs.verbs())


def _reference(name: str) -> str:
    return (generate_docs.REFERENCE / name).read_text(encoding="utf-8")


def test_generated_pages_are_up_to_date() -> None:
    on_disk = {
        page.name: page.read_text(encoding="utf-8")
        for page in generate_docs.REFERENCE.iterdir()
        if page.name not in generate_docs.WRITTEN
    }
    assert on_disk == generate_docs.pages(), "run `make generate`"


def test_the_openapi_document_of_the_web_ui_is_up_to_date() -> None:
    assert generate_docs.OPENAPI.read_text(encoding="utf-8") == generate_docs.openapi(), "run `make generate`"


def test_the_drawing_of_the_architecture_is_up_to_date() -> None:
    assert architecture.PAGE.read_text(encoding="utf-8") == architecture.page(), "run `make generate`"


def test_the_drawing_shows_every_layer_and_the_exceptions_to_it() -> None:
    layers = {
        "type": "layers",
        "containers": ["pki_manager"],
        "layers": ["top", "left | right", "base"],
    }
    forbidden = {
        "type": "forbidden",
        "source_modules": ["pki_manager.left"],
        "forbidden_modules": ["pki_manager.base", "fastapi"],
    }
    contracts = [layers, forbidden]
    assert architecture.draw(contracts).splitlines()[1:-1] == [
        "pki_manager",
        "┌──────────────┐",
        "│ top          │",
        "├──────────────┤",
        "│ left │ right │",
        "├──────────────┤",
        "│ base         │",
        "└──────────────┘",
    ]
    assert architecture.imports(contracts).splitlines()[2:] == [
        "| `top` | every room below | none |",
        "| `left` | no other room | `fastapi` |",
        "| `right` | `base` | none |",
        "| `base` | no other room | none |",
    ]


@pytest.mark.parametrize(
    "room",
    [
        f"{stack.package}.{room}"
        for stack in architecture.stacks(architecture.read_contracts())
        for layer in stack.layers
        for room in layer
    ],
)
def test_every_room_has_its_line(room: str) -> None:
    package, _, name = room.rpartition(".")
    section = architecture.PAGE.read_text(encoding="utf-8").split("\n## ")
    heading = "What each room contains" if package == architecture.PACKAGE else f"`{package.rpartition('.')[2]}`\n"
    assert any(f"| `{name}` |" in part for part in section if heading in part)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_line(name: str) -> None:
    assert f"| `{name}` | `PKIM_{name.upper()}` |" in _reference("settings.md")


@pytest.mark.parametrize("kind", errors.list_error_classes(), ids=lambda kind: kind.code)
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
"""Variables that only the command line reads: the server that a command uses."""


@pytest.mark.parametrize("words", sorted(_VERBS))
def test_every_verb_has_its_section(words: str) -> None:
    assert f"\n## pkim {words}\n" in _reference("cli.md")


def test_the_verbs_of_the_first_road_are_there() -> None:
    promised = {"init", "serve", "selfcheck", "status", "version", "cert issue", "cert revoke", "audit verify"}
    assert promised <= _VERBS


@pytest.mark.parametrize("kind", actions.list_event_types(), ids=lambda kind: kind.ACTION)
def test_every_audit_action_has_its_line(kind: type[audit.AuditEvent]) -> None:
    assert f"| `{kind.ACTION}` | `{kind.OBJECT}` |" in _reference("audit-actions.md")


@pytest.mark.parametrize(
    "identifier", [rule.id for rule in (*load_certificate_rules(), *load_crl_rules(), *load_ocsp_rules())]
)
def test_every_lint_rule_has_its_line(identifier: str) -> None:
    assert f"| `{identifier}` |" in _reference("lint-rules.md")


@pytest.mark.parametrize("profile", BUILTIN_PROFILES, ids=lambda profile: profile.name)
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
    assert _resolves(page, "../README.md#limitations")


@pytest.mark.parametrize("page", _WRITTEN, ids=str)
def test_files_and_folders_that_a_page_names_exist(page: Path) -> None:
    assert [path for path in _paths(_text(page)) if not _exists(path)] == []


def test_a_file_that_does_not_exist_is_found() -> None:
    named = "`x509/build.py`, `x509/no_such_module.py`, `x509/lint/rules/`, `x509/no_such_folder/`, `/crl/{ca}/k1.crl`"
    assert [path for path in _paths(named) if not _exists(path)] == ["x509/no_such_module.py", "x509/no_such_folder/"]


@pytest.mark.parametrize("page", _WRITTEN, ids=str)
def test_functions_that_a_page_names_with_their_module_exist(page: Path) -> None:
    assert [(name, path) for name, path in _definitions(_text(page)) if not _defines(path, name)] == []


def test_a_function_that_does_not_exist_is_found() -> None:
    named = "`decide()` in `policy/decide.py`, `teleport()` in `policy/decide.py`"
    assert [(name, path) for name, path in _definitions(named) if not _defines(path, name)] == [
        ("teleport", "policy/decide.py")
    ]


def test_every_function_on_the_page_of_an_issuance_is_named_with_its_module() -> None:
    text = _text(Path("docs/explanation/how-a-certificate-is-issued.md"))
    assert len(_definitions(text)) >= 20
    assert set(re.findall(r"`(\w+)\(\)`", text)) == {name for name, _ in _definitions(text) if name.islower()}


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
    assert not _is_command("acme eab teleport")
    assert _is_command("cert issue")
    assert _is_command("cert")
    assert _is_command("acme eab")


def _is_command(words: str) -> bool:
    """Return whether the action is a verb with or without an object, or a noun."""
    named = words.split()
    beginnings = {" ".join(named[:count]) for count in range(1, len(named) + 1)}
    return not beginnings.isdisjoint(_VERBS) or any(verb.startswith(f"{words} ") for verb in _VERBS)


def _text(page: Path) -> str:
    """Return the page with its lines joined, so that a line break hides no match."""
    return " ".join((_ROOT / page).read_text(encoding="utf-8").split())


def _paths(text: str) -> list[str]:
    """Return the code files in code spans, and the folders that begin with a folder of the project."""
    return [path for path in _PATH.findall(text) if not path.endswith("/") or path.partition("/")[0] in _TOPS]


def _exists(path: str) -> bool:
    """Return whether a path exists below the project, the package, or one of its rooms; a plain file name anywhere."""
    if any((base / path).exists() for base in _BASES):
        return True
    return "/" not in path and path in _file_names()


@cache
def _file_names() -> frozenset[str]:
    return frozenset(
        path.name
        for top in ("src", "tests", "tools", "bench", "web/src", "web/tests", "web/tools")
        for path in (_ROOT / top).rglob("*")
    )


def _definitions(text: str) -> list[tuple[str, str]]:
    return _DEFINITION.findall(text)


def _defines(path: str, name: str) -> bool:
    """Return whether the module defines a function, a class, or a constant of that name at its top level."""
    tree = ast.parse((_SOURCE / path if (_SOURCE / path).exists() else _ROOT / path).read_text(encoding="utf-8"))
    defined = {getattr(node, "name", "") for node in tree.body}
    assigned = {
        target.id for node in tree.body for target in getattr(node, "targets", ()) if isinstance(target, ast.Name)
    }
    return name in defined | assigned


def _prose(page: Path) -> str:
    return _CODE.sub("", _FENCE.sub("", (_ROOT / page).read_text(encoding="utf-8")))


def _resolves(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    found = (_ROOT / page).parent / path if path else _ROOT / page
    return found.exists() and (not anchor or anchor in _anchors(found))


def _anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub creates for headings."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
