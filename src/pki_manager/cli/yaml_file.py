"""YAML files that people write. They are read as plain data within narrow limits, and written in the same form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from pki_manager.domain.errors import InvalidInput, TooLarge

MAX_OCTETS = 64 * 1024
MAX_DEPTH = 10


class _Plain(yaml.SafeLoader):
    """A YAML loader for JSON's types: mappings with text keys, lists, text, whole numbers, `true`, `false`, `null`.

    Other types of YAML 1.1 (`no` is false, `1.10` a number, `2026-01-31` a date) would change what was written. Aliases
    are refused, because a few of them can expand to gigabytes.
    """

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not supported", problem_mark=self.get_mark())
        if self.depth >= MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=self.get_mark())
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                raise yaml.MarkedYAMLError(problem="a member's name must be text", problem_mark=key.start_mark)
            if names.count(key.value) > 1:
                raise yaml.MarkedYAMLError(problem=f"{key.value!r} is there twice", problem_mark=key.start_mark)
        return super().construct_mapping(node, deep=deep)


_PLAIN_TAGS = {None, *(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "bool", "null", "seq", "map"))}
_Plain.yaml_constructors = {tag: make for tag, make in _Plain.yaml_constructors.items() if tag in _PLAIN_TAGS}
_Plain.yaml_implicit_resolvers = {}
for _tag, _form, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"0|-?[1-9][0-9]{0,17}", "-0123456789"),
):
    _Plain.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_form})\Z"), list(_first))


def read_mapping(content: bytes, option: str) -> dict[str, Any]:
    """Return the mapping that is the only document in `content` (UTF-8 YAML, which includes JSON).

    Raises TooLarge over 64 KiB. Raises InvalidInput, with `option` and the line, for any other content.
    """
    if len(content) > MAX_OCTETS:
        raise TooLarge.of(option, "file.size", f"must have at most {MAX_OCTETS} bytes")
    try:
        loader = _Plain(content.decode("utf-8"))
        try:
            value = loader.get_single_data()
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, LookupError, RecursionError) as error:
        raise InvalidInput.of(option, "yaml.form", f"cannot be read: {_describe(error)}") from None
    if not isinstance(value, dict):
        raise InvalidInput.of(option, "yaml.form", "must be one YAML mapping (`name: value` lines)")
    return value


def _describe(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it is not YAML in UTF-8"
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)


def write_mapping(document: Mapping[str, Any]) -> bytes:
    """Return a mapping as YAML that `read_mapping` reads unchanged, with its members in their order."""
    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=120).encode()
