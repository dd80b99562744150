"""YAML files: plain data only, and nothing that changes or explodes while it is read."""

import json

import pytest

from pki_manager.cli.yaml_file import MAX_OCTETS, read_mapping, write_mapping
from pki_manager.domain.errors import InvalidInput, TooLarge
from pki_manager.domain.profiles.codec import to_dict
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES


def refused(text: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_mapping(text.encode(), "--in")
    (error,) = caught.value.errors
    assert (error.field, error.rule) == ("--in", "yaml.form")
    return error.message


def test_plain_data_is_read() -> None:
    text = 'a: text\nb: 7\nc: [true, false, null, ~]\nd:\n  e: "7"\n  f: |\n    two\n    lines\n'
    assert read_mapping(text.encode(), "--in") == {
        "a": "text",
        "b": 7,
        "c": [True, False, None, None],
        "d": {"e": "7", "f": "two\nlines\n"},
    }


def test_json_is_yaml() -> None:
    definition = to_dict(BUILTIN_PROFILES[0])
    assert read_mapping(json.dumps(definition).encode(), "--in") == definition


@pytest.mark.parametrize(
    "value", ["no", "NO", "on", "1.10", "1.2", "2026-01-31", "0x1F", "1e3", "017", "12:30:00", ".inf", "="]
)
def test_what_yaml_would_make_something_else_of_stays_text(value: str) -> None:
    assert read_mapping(f"a: {value}".encode(), "--in") == {"a": value}


@pytest.mark.parametrize("profile", BUILTIN_PROFILES, ids=lambda profile: profile.name)
def test_what_is_written_is_read_as_the_same(profile: object) -> None:
    definition = to_dict(profile)
    assert read_mapping(write_mapping(definition), "--in") == definition


def test_text_that_looks_like_something_else_survives() -> None:
    odd = {"a": "no", "b": "7", "c": "null", "d": "1.2", "e": "", "f": "ü: #", "g": "true"}
    assert read_mapping(write_mapping(odd), "--in") == odd


def test_a_billion_laughs_are_refused() -> None:
    lines = ["a0: &a0 [lol, lol]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30)]
    assert "line 2: aliases" in refused("\n".join(lines))


def test_an_anchor_alone_is_harmless() -> None:
    assert read_mapping(b"a: &x 1", "--in") == {"a": 1}


def test_a_merge_key_is_a_name_like_any_other() -> None:
    assert read_mapping(b"a: {<<: {x: 2}}", "--in") == {"a": {"<<": {"x": 2}}}


def test_repeated_members_are_refused() -> None:
    assert refused("a: 1\nb: 2\na: 3") == "cannot be read: line 1: 'a' is there twice"
    refused("a: {b: 1, b: 2}")


def test_depth_is_limited() -> None:
    assert read_mapping(b"a: [[[[[[[[1]]]]]]]]", "--in")
    refused("a: " + "[" * 10 + "]" * 10)
    refused("a: " + "[" * 30000 + "]" * 30000)


def test_size_is_limited() -> None:
    assert read_mapping(b"a: " + b"x" * (MAX_OCTETS - 3), "--in")
    with pytest.raises(TooLarge, match="--in: must have at most 65536 bytes"):
        read_mapping(b"a: " + b"x" * (MAX_OCTETS - 2), "--in")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "text",
        "a: 1\n---\nb: 2",
        "a: [",
        "a: !!python/object/apply:os.system [id]",
        "a: !!binary aGk=",
        "a: !!set {x}",
        "a: !!timestamp 2026-01-31",
        "a: !!bool maybe",
        "a: !!int seven",
        "a: !own 1",
        "7: seven",
        "[1]: list",
        "? {a: 1}\n: b",
        "a: \x07",
        "a:\tb: c",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    refused(text)


def test_other_encodings_are_refused() -> None:
    for content in (b"a: \xff", "a: b".encode("utf-16")):
        with pytest.raises(InvalidInput, match="--in: cannot be read: it is not YAML in UTF-8"):
            read_mapping(content, "--in")
