"""The JSON Schema of profiles and the codec that reads them are one truth."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.profiles.codec import build_schema, from_dict, to_dict
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES, TLS_SERVER

VALIDATOR = jsonschema_rs.validator_for(build_schema())


def _rich() -> dict[str, Any]:
    """A form with something in every list."""
    form: dict[str, Any] = json.loads(json.dumps(to_dict(TLS_SERVER)))
    form["subject"] |= {"attributes": ["CN"], "required": ["CN"], "fixed": [{"type": "O", "value": "Example"}]}
    form["sans"] |= {"permitted": ["DNS:example.com", "IP:10.0.0.0/8"]}
    return form | {
        "policies": [{"oid": "1.2.3", "cps": None}],
        "lint_exceptions": [{"rule": "w_x", "reason": "printers need it"}],
        "requestable_extensions": ["2.5.29.15"],
    }


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all members and entries, at every depth."""
    inner: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield (*path, name)
        yield from _places(one, (*path, name))


PLACES = list(_places(_rich()))
STRANGE = [None, True, -1, 7.5, "", "strange", [], ["strange"], [7], {}, {"strange": 1}, [{}], ["CN", "CN"], "x" * 2000]


def _changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    form = _rich()
    target: Any = form
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return form


def _rules(form: dict[str, Any]) -> set[str]:
    """What the codec holds against the form."""
    try:
        from_dict(form)
    except InvalidInput as error:
        return {fault.rule for fault in error.errors}
    return set()


def test_the_schema_takes_what_the_codec_writes() -> None:
    assert VALIDATOR.is_valid(_rich())
    for profile in BUILTIN_PROFILES:
        assert VALIDATOR.is_valid(to_dict(profile)), profile.name


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_neither_takes_a_form_that_the_other_refuses(path: tuple[str | int, ...]) -> None:
    for strange in STRANGE:
        form = _changed(path, strange)
        rules = _rules(form)
        if not rules:
            assert VALIDATOR.is_valid(form), strange
        if any(rule.startswith("form.") for rule in rules):
            assert not VALIDATOR.is_valid(form), strange


def test_both_require_the_same_members() -> None:
    for path in PLACES:
        if isinstance(path[-1], int):
            continue
        form = _rich()
        target: Any = form
        for step in path[:-1]:
            target = target[step]
        del target[path[-1]]
        assert VALIDATOR.is_valid(form) is ("form.missing" not in _rules(form)), path


def test_every_member_is_explained() -> None:
    def unexplained(one: dict[str, Any], at: str) -> Iterator[str]:
        for name, member in one.get("properties", {}).items():
            if not member.get("description"):
                yield f"{at}{name}"
            yield from unexplained(member, f"{name}.")

    assert list(unexplained(build_schema(), "")) == []
