"""Finds the texts that a person reads: UI, errors, command line, API, log, documentation, code comments, and names."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

UI = "ui"
DETAIL = "detail"
MESSAGE = "message"
TITLE = "title"
CLI = "cli"
API = "api"
SUMMARY = "summary"
DESCRIPTION = "description"
LOG = "log"
DOCS = "docs"
DOCSTRING = "docstring"
COMMENT = "comment"
STRING = "string"
"""A string that is none of the above, of at least FEW_WORDS words: texts reach people through helpers, too."""
NAME = "name"

USER_TEXTS = frozenset({UI, DETAIL, MESSAGE, TITLE, CLI, API, SUMMARY, DESCRIPTION, LOG, DOCS})
ALL_TEXTS = USER_TEXTS | {DOCSTRING, COMMENT, STRING}
FEW_WORDS = 4

_SOURCE = Path("src/pki_manager")
_ERRORS = _SOURCE / "domain" / "errors.py"
_LOCALES = Path("web/src/lib/locales/en")
_HELPERS = ("tools", "bench", "tests/architecture", "tests/support")
"""Folders of code beside the product: their docstrings and comments are read."""
_WRITTEN_REFERENCE = frozenset({"glossary.md"})
"""Reference pages that people write; the others are generated."""
_ROUTE_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_MESSAGE_CALLS = frozenset({"FieldError", "refuse", "refusal"})
_SCHEMAS = frozenset({"bodies", "responses"})
_LOG_METHODS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
_TS_STRING = re.compile(r"""(?P<quote>['"`])(?P<text>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""")
_BLOCK_START = re.compile(r"^\s*($|[-*+#>|]|\d+\.\s)")
_FENCE = re.compile(r"^\s*(```|~~~)")
_NOT_PROSE = re.compile(r"`[^`]*`|\]\([^)]*\)|<[^>]+>|https?://\S+")


@dataclass(frozen=True, slots=True)
class Text:
    """One text and its place: `path` relative to the root, `line` from 1. `scope` is one of the constants above."""

    scope: str
    path: str
    line: int
    text: str


def find_texts(root: Path) -> Iterator[Text]:
    """Yield every text below `root`, file by file in a stable order."""
    errors = error_names(root)
    for path in sorted((root / _SOURCE).rglob("*.py")):
        if "migrations" not in path.parts:
            yield from python_texts(path.relative_to(root), path.read_text(), errors)
            yield from string_texts(path.relative_to(root), path.read_text())
            yield from comment_texts(path.relative_to(root), path.read_text())
    for path in sorted(one for folder in _HELPERS for one in (root / folder).rglob("*.py")):
        yield from docstring_texts(path.relative_to(root), path.read_text())
        yield from comment_texts(path.relative_to(root), path.read_text())
    for path in sorted((root / _LOCALES).rglob("*.ts")):
        yield from locale_texts(path.relative_to(root), path.read_text())
    for path in sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")]):
        if "reference" not in path.parts or path.name in _WRITTEN_REFERENCE:
            yield from markdown_texts(path.relative_to(root), path.read_text())


def error_names(root: Path) -> frozenset[str]:
    """Return the names of the error classes, whose first argument is a detail. `Fault` is never shown."""
    tree = ast.parse((root / _ERRORS).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.ClassDef)) - {"Fault", "FieldError"}


def python_texts(path: Path, source: str, errors: frozenset[str]) -> Iterator[Text]:
    """Yield the texts and the defined names of a Python module. `errors` are the names of the error classes."""
    parts = path.parts
    is_cli, is_route = "cli" in parts, "rest" in parts
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if is_route and (route := _route(node)) is not None:
                yield from _operation(node, route, path)
            else:
                yield from _docstring(node, path, is_cli=is_cli, is_route=is_route)
            yield from _names(node, path)
        elif isinstance(node, ast.Call):
            for scope, value in _arguments(node, errors, is_cli=is_cli):
                if text := _literal(value):
                    yield Text(scope, str(path), value.lineno, text)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _assigned(node, path)


def string_texts(path: Path, source: str) -> Iterator[Text]:
    """Yield the strings of several words in one line, other than docstrings. Longer ones are SQL and lists of words."""
    tree = ast.parse(source)
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in statements:
            text = _literal(node) or ""
            if "\n" not in text and len(text.split()) >= FEW_WORDS:
                yield Text(STRING, str(path), node.lineno, text)


def docstring_texts(path: Path, source: str) -> Iterator[Text]:
    """Yield the docstrings of a Python module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _docstring(node, path, is_cli=False, is_route=False)


def comment_texts(path: Path, source: str) -> Iterator[Text]:
    """Yield the comments of a Python module, and the texts below its constants and attributes."""
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", [])
        for statement in body[1:] if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr) and (text := _literal(statement.value)):
                yield Text(COMMENT, str(path), statement.lineno, text)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Text(COMMENT, str(path), token.start[0], token.string)


def locale_texts(path: Path, source: str) -> Iterator[Text]:
    """Yield the strings of a locale file; `{{placeholders}}` count as the letter X."""
    for number, line in enumerate(source.splitlines(), 1):
        if line.lstrip().startswith(("//", "*", "/*", "import ", "export ")):
            continue
        for found in _TS_STRING.finditer(line):
            yield Text(UI, str(path), number, re.sub(r"\{\{.*?\}\}", "X", found["text"]))


def markdown_texts(path: Path, source: str) -> Iterator[Text]:
    """Yield the paragraphs of a page: without code blocks, code spans, link targets, and addresses."""
    in_code = False
    paragraph: list[str] = []
    for number, line in enumerate([*source.splitlines(), ""], 1):
        is_fence = bool(_FENCE.match(line))
        if paragraph and (is_fence or _BLOCK_START.match(line)):
            yield Text(DOCS, str(path), number - len(paragraph), " ".join(paragraph))
            paragraph = []
        in_code ^= is_fence
        if not in_code and not is_fence and line.strip():
            paragraph.append(_NOT_PROSE.sub("X", line).strip())


def _route(node: ast.AST) -> ast.Call | None:
    """Return the decorator that makes a function a REST operation."""
    for decorator in getattr(node, "decorator_list", []):
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") in _ROUTE_METHODS:
            return decorator
    return None


def _operation(node: ast.AST, route: ast.Call, path: Path) -> Iterator[Text]:
    """Yield the summary and the description of a REST operation, empty where there is none."""
    summaries = [_literal(keyword.value) for keyword in route.keywords if keyword.arg == "summary"]
    yield Text(SUMMARY, str(path), route.lineno, (summaries and summaries[0]) or "")
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield Text(DESCRIPTION, str(path), node.body[0].lineno, ast.get_docstring(node) or "")


def _docstring(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
    path: Path,
    *,
    is_cli: bool,
    is_route: bool,
) -> Iterator[Text]:
    text = ast.get_docstring(node)
    if text is None:
        return
    decorators = [ast.unparse(one) for one in getattr(node, "decorator_list", [])]
    if is_cli and any(one.startswith("verb(") for one in decorators):
        scope = CLI
    elif is_route and isinstance(node, ast.ClassDef) and _SCHEMAS & set(path.parts):
        scope = API
    else:
        scope = DOCSTRING
    yield Text(scope, str(path), node.body[0].lineno, text)


def _names(node: ast.AST, path: Path) -> Iterator[Text]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield Text(NAME, str(path), node.lineno, node.name)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            yield Text(NAME, str(path), argument.lineno, argument.arg)


def _assigned(node: ast.Assign | ast.AnnAssign, path: Path) -> Iterator[Text]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        if isinstance(target, ast.Name):
            yield Text(NAME, str(path), node.lineno, target.id)
            if target.id == "title" and node.value is not None and (text := _literal(node.value)):
                yield Text(TITLE, str(path), node.lineno, text)


def _arguments(call: ast.Call, errors: frozenset[str], *, is_cli: bool) -> Iterator[tuple[str, ast.expr]]:
    """Yield the arguments of a call that are texts, with their scopes."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    owner = ast.unparse(function.value) if isinstance(function, ast.Attribute) else ""
    if owner in {"_log", "log"} and name in _LOG_METHODS and call.args:
        yield LOG, call.args[0]
    elif (name in _MESSAGE_CALLS or (name == "of" and owner in errors)) and len(call.args) > 2:
        yield MESSAGE, call.args[2]
    elif name in errors and call.args:
        yield DETAIL, call.args[0]
    for keyword in call.keywords:
        if keyword.arg == "help" and is_cli:
            yield CLI, keyword.value
        elif keyword.arg == "description":
            yield API, keyword.value


def _literal(node: ast.expr) -> str | None:
    """Return the text of a string literal; a value inside an f-string counts as the letter X."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "X" for one in node.values)
    return None
