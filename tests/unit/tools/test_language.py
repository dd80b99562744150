"""The language check finds what it is made for, in the places where people read."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.language.__main__ import ROOT, beyond, count, lowered
from tools.language.rules import check, is_allowed
from tools.language.texts import (
    Text,
    comment_texts,
    docstring_texts,
    error_names,
    locale_texts,
    markdown_texts,
    python_texts,
    string_texts,
)

ERRORS = frozenset({"Conflict"})


def rules_of(scope: str, text: str) -> set[str]:
    return {finding.rule for finding in check(Text(scope, "x.py", 1, text))}


@pytest.mark.parametrize(
    ("scope", "text", "rule"),
    [
        ("ui", "What the world is told", "told"),
        ("docs", "Whoever asks must wait.", "whoever"),
        ("docstring", "Return his token.", "pronoun"),
        ("detail", "Not a certificate of ours.", "ours"),
        ("cli", "All of them, newest first.", "command-start"),
        ("detail", "CA 'x' is suspended", "detail-period"),
        ("detail", "it waits no longer.", "detail-capital"),
        ("message", "must be a duration.", "message-period"),
        ("message", "a name has 1 to 100 characters", "message-predicate"),
        ("log", "process %s ended", "log-value"),
        ("api", "The enrolment of a device.", "british"),
        ("api", "Of the renewed certificate", "api-start"),
        ("summary", "", "operation-summary"),
        ("summary", "Cas of the caller", "operation-summary"),
        ("summary", "List CAs.", "operation-summary"),
        ("summary", "List all CAs that the caller may see", "operation-summary"),
        ("description", "", "operation-description"),
        ("description", "Newest first.", "operation-description"),
        ("docs", "word " * 31, "long-sentence"),
        ("comment", "# no key of ours", "ours"),
        ("string", "whoever asked for it", "whoever"),
        ("name", "was_told", "name"),
        ("name", "TokenWish", "name"),
    ],
)
def test_a_rule_finds_what_it_forbids(scope: str, text: str, rule: str) -> None:
    assert rule in rules_of(scope, text)


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        ("ui", "Published status"),
        ("detail", "CA 'x' not found."),
        ("detail", "Key backend 'x' is unavailable. X"),
        ("message", "must be a duration such as P30D"),
        ("log", "key backend unavailable"),
        ("api", "ID or name of the issuing CA"),
        ("summary", "Cross-sign a CA"),
        ("description", "Return a CA with its keys."),
        ("name", "create_token"),
        ("name", "asynchronous"),
    ],
)
def test_plain_language_passes(scope: str, text: str) -> None:
    assert rules_of(scope, text) == set()


def test_a_python_module_shows_its_texts_with_their_scopes() -> None:
    source = '''
"""A module."""

@verb(app, "list")
def list_tokens(limit: Annotated[int, typer.Option(help="Number of rows")]) -> None:
    """List tokens."""
    _log.info("tokens listed")
    findings.refuse("key", "key.blocked", f"must not be blocked: {limit}")
    Conflict.of("limit", "rule", "cannot be 0")
    raise Conflict(f"Token {limit} is revoked.", errors=(FieldError("limit", "rule", "must be positive"),))
'''
    found = {(text.scope, text.text) for text in python_texts(Path("cli/commands/token.py"), source, ERRORS)}
    assert found == {
        ("docstring", "A module."),
        ("cli", "List tokens."),
        ("cli", "Number of rows"),
        ("log", "tokens listed"),
        ("detail", "Token X is revoked."),
        ("message", "must be positive"),
        ("message", "must not be blocked: X"),
        ("message", "cannot be 0"),
        ("name", "list_tokens"),
        ("name", "limit"),
    }


def test_an_operation_shows_its_summary_and_description_and_a_body_its_docstring() -> None:
    source = '''
@router.get("", summary="List CAs", **operation())
def list_cas() -> None:
    """List CAs, oldest first."""

@router.post("")
def create_ca() -> None:
    pass
'''
    path = Path("protocols/rest/routes/cas.py")
    found = [(text.scope, text.text) for text in python_texts(path, source, ERRORS) if text.scope != "name"]
    assert sorted(found) == [
        ("description", ""),
        ("description", "List CAs, oldest first."),
        ("summary", ""),
        ("summary", "List CAs"),
    ]
    path = Path("protocols/rest/bodies/common.py")
    body = 'class CaBody(Body):\n    """New CA."""\n'
    assert ("api", "New CA.") in {(text.scope, text.text) for text in python_texts(path, body, ERRORS)}


def test_a_page_shows_its_paragraphs_without_code() -> None:
    source = "# Title\n\nOne line\nand the `code` of it.\n\n```sh\ntold\n```\n- an item\n"
    assert [(text.line, text.text) for text in markdown_texts(Path("x.md"), source)] == [
        (1, "# Title"),
        (3, "One line and the X of it."),
        (9, "- an item"),
    ]


def test_a_locale_shows_its_strings() -> None:
    source = "import x from 'told'\n  title: 'CA {{name}} created',\n"
    assert [(text.line, text.text) for text in locale_texts(Path("x.ts"), source)] == [(2, "CA X created")]


def test_a_fault_is_no_text_for_a_person() -> None:
    names = error_names(ROOT)
    assert "NotFound" in names
    assert "Fault" not in names


def test_a_line_can_allow_one_rule() -> None:
    (finding,) = check(Text("docs", "x.md", 1, "OAuth consent screen."))
    assert is_allowed(finding, "OAuth consent screen. <!-- language: allow consent -->")
    assert not is_allowed(finding, "OAuth consent screen. <!-- language: allow told -->")


def test_more_than_the_baseline_accepts_is_shown_and_the_baseline_never_rises() -> None:
    findings = [*check(Text("docs", "a.md", 1, "He is told.")), *check(Text("docs", "a.md", 2, "She waits."))]
    assert count(findings) == {"a.md": {"told": 1, "pronoun": 2}}
    assert {one.rule for one in beyond(findings, {"a.md": {"told": 1, "pronoun": 1}})} == {"pronoun"}
    assert lowered(count(findings), {"a.md": {"told": 3, "pronoun": 1}, "b.md": {"told": 2}}) == {
        "a.md": {"told": 1, "pronoun": 1}
    }


def test_comments_and_texts_of_constants_are_read() -> None:
    source = '"""Module."""\n\nLIMIT = 1  # of requests\n"""Limit of a client."""\n\n'
    source += 'def count() -> None:\n    """Count."""\n'
    assert [(one.line, one.text) for one in comment_texts(Path("a.py"), source)] == [
        (4, "Limit of a client."),
        (3, "# of requests"),
    ]
    assert [(one.line, one.text) for one in docstring_texts(Path("a.py"), source)] == [(1, "Module."), (7, "Count.")]


def test_a_string_of_several_words_is_read_wherever_it_is() -> None:
    source = '"""Module of one line here."""\nREASON = "its submitter has no access"\nNAME = "two words"\n'
    assert [one.text for one in string_texts(Path("a.py"), source)] == ["its submitter has no access"]
