"""The language rules that a script can check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tools.language import texts
from tools.language.texts import ALL_TEXTS, USER_TEXTS, Text


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that must not occur in the texts of some scopes, and what to write instead."""

    id: str
    scopes: frozenset[str]
    pattern: re.Pattern[str]
    advice: str


def _rule(name: str, scopes: frozenset[str], pattern: str, advice: str) -> Rule:
    return Rule(name, scopes, re.compile(pattern, re.IGNORECASE), advice)


def _only(*scopes: str) -> frozenset[str]:
    return frozenset(scopes)


VERBS = (
    "accept|add|approve|assign|authenticate|block|cancel|change|check|choose|collect|comment|complete|"
    "confirm|create|cross-sign|decode|delete|destroy|disable|download|edit|enable|end|erase|export|find|"
    "generate|get|import|install|invite|issue|link|lint|list|migrate|override|preview|publish|put|queue|"
    "receive|register|reject|rekey|release|remove|rename|renew|replace|request|reset|resume|retire|retry|"
    "return|revoke|rotate|run|save|search|set|show|sign|start|stop|stream|submit|suspend|unblock|unlink|"
    "update|upgrade|verify|withdraw"
)
"""The verbs that begin a command, or the summary and the description of an operation."""

WORDS: tuple[Rule, ...] = (
    _rule("told", ALL_TEXTS, r"\b(told|tells?)\b", "say, show, return, report, print, store, send"),
    _rule("whoever", ALL_TEXTS, r"\b(whoever|whomever|whatever|nobody|somebody|no one)\b", "name the actor"),
    _rule("pronoun", ALL_TEXTS, r"\b(he|his|him|himself|she|her|hers)\b", "they, their"),
    _rule("ours", ALL_TEXTS, r"\b(we|us|ours?|ourselves|of yours)\b", "PKI Manager, the server, this installation"),
    _rule("unless-told", ALL_TEXTS, r"\bunless told\b", "Default: X"),
    _rule("for-good", ALL_TEXTS, r"\b(for good|for ever|forever)\b", "permanently, cannot be undone"),
    _rule("anew", ALL_TEXTS, r"\banew\b", "again, a new …"),
    _rule("moment-ago", ALL_TEXTS, r"\ba moment ago\b", "was changed by someone else; reload and try again"),
    _rule(
        "metaphor",
        ALL_TEXTS,
        r"\b(the road of|the heart|thief|drawer|riddle|mend(s|ed|ing)?|break(s|ing)? the glass|as good as)\b",
        "say the thing",
    ),
    _rule("standing", ALL_TEXTS, r"\bstanding (profiles?|roles?)\b", "built-in"),
    _rule("trail", USER_TEXTS, r"\baudit trail\b", "audit log"),
    _rule(
        "ocsp-answer",
        USER_TEXTS,
        r"\bOCSP (answers?|questions?)\b|\bsigned ahead\b",
        "OCSP response, OCSP request, pre-signed",
    ),
    _rule("consent", USER_TEXTS, r"\bconsent(s|ed|ing)?\b", "approve, approval"),
    _rule(
        "british",
        ALL_TEXTS,
        r"\b\w*(organis|authoris|initialis|normalis|recognis|serialis)(e|ed|es|ing|ation)\b|\benrol(s|ment|ments)?\b",
        "American English: organize, enroll",
    ),
    _rule("email", USER_TEXTS, r"\be-mail", "email"),
    _rule("pkcs", USER_TEXTS, r"\bPKCS#\d", "PKCS #12"),
    _rule("login", USER_TEXTS, r"\blog(s|ged|ging)? in\b", "sign in"),
    _rule("please", USER_TEXTS, r"\b(please|sorry)\b|!$", "neutral tone"),
    _rule("latin", USER_TEXTS, r"\b(e\.g\.|i\.e\.|etc\.)", "for example, that is, and so on"),
    _rule(
        "command-start",
        _only(texts.CLI),
        r"^(it|its|that|those|of|all of|one|who|what|by which)\b",
        "say the noun first",
    ),
    _rule(
        "api-start",
        _only(texts.API),
        r"^(it|its|that|those|of|who|whose|what|how|instead|none for|your)\b",
        "say the noun first",
    ),
    _rule(
        "operation-summary",
        _only(texts.SUMMARY),
        rf"^(?!({VERBS})( \S+){{1,5}}$)|\.$",
        "summary= of 2 to 6 words, a verb of the list first, no period",
    ),
    _rule(
        "operation-description",
        _only(texts.DESCRIPTION),
        rf"^(?!({VERBS})\b)",
        "a description that begins with a verb of the list",
    ),
    # A value at the end (X) brings its own period.
    _rule("detail-period", _only(texts.DETAIL), r"[^.?X]$", "a detail is a sentence: it ends with a period"),
    _rule(
        "message-predicate",
        _only(texts.MESSAGE),
        r"^(?!(must|is|are|was|has|does|uses|asks|cannot|can|requires|contains|ends|X)\b)",
        "a field message continues the name of the field: must …, is …, cannot …",
    ),
    _rule("message-period", _only(texts.MESSAGE), r"\.$", "a field message is a predicate without a period"),
    _rule("log-value", _only(texts.LOG), r"%[sdr]|%\(", "fixed text; values go into `extra`"),
)

DETAIL_CAPITAL = "detail-capital"
LONG_SENTENCE = "long-sentence"
NAME_RULE = "name"
_LONGEST = 30
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_BANNED_NAMES = frozenset(
    {
        "told",
        "tell",
        "wish",
        "wanted",
        "asked",
        "came",
        "going",
        "standing",
        "acting",
        "foresee",
        "heir",
        "news",
        "deeds",
        "books",
        "ours",
        "whoever",
        "nobody",
        "gathering",
        "several",
        "turnstile",
        "readings",
        "carried",
        "alone",
    }
)
_NAME_PARTS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_ALLOWED = re.compile(r"language: allow ([\w-]+)")


@dataclass(frozen=True, slots=True)
class Finding:
    """A text that breaks a rule, the words that do, and what to write instead."""

    text: Text
    rule: str
    words: str
    advice: str


def check(text: Text) -> Iterator[Finding]:
    """Yield what is wrong with one text, at most once for each rule."""
    if text.scope == texts.NAME:
        yield from _check_name(text)
        return
    for rule in WORDS:
        if text.scope in rule.scopes and (found := rule.pattern.search(text.text)):
            yield Finding(text, rule.id, found.group(), rule.advice)
    if text.scope == texts.DETAIL and text.text[:1].islower():
        yield Finding(
            text, DETAIL_CAPITAL, text.text.split(maxsplit=1)[0], "a detail is a sentence: it starts with a capital"
        )
    if text.scope == texts.DOCS and not text.text.startswith("|"):
        yield from _check_length(text)


def is_allowed(finding: Finding, line: str) -> bool:
    """Return whether the line of source says that this rule may be broken here (`language: allow RULE`)."""
    return finding.rule in _ALLOWED.findall(line)


def _check_name(text: Text) -> Iterator[Finding]:
    for part in _NAME_PARTS.findall(text.text):
        if part.lower() in _BANNED_NAMES:
            yield Finding(text, NAME_RULE, part, "a name says what the thing holds or does")
            return


def _check_length(text: Text) -> Iterator[Finding]:
    for sentence in _SENTENCE_END.split(text.text):
        if len(sentence.split()) > _LONGEST:
            yield Finding(text, LONG_SENTENCE, sentence[:40], f"at most {_LONGEST} words in a sentence")
            return
