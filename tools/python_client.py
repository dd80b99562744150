"""Write the generated modules of the Python client from the OpenAPI document: `make generate`.

`models.py` has a TypedDict for each schema, `operations.py` a method for each operation, and `codes.py` an exception
for each error code. With `--check` nothing is written: the exit code is 1 if a module is out of date.
"""

from __future__ import annotations

import json
import keyword
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

from pki_manager.domain import errors
from pki_manager.domain.errors import PkiError
from tools.markdown import first_paragraph

_ROOT = Path(__file__).resolve().parent.parent
PACKAGE = _ROOT / "clients" / "python" / "src" / "pki_manager_client"
_OPENAPI = _ROOT / "web" / "openapi.json"
_WIDTH = 120
_JSON = "application/json"
_HEADER = '"""{}\n\nGenerated from the OpenAPI document by `make generate`. Do not edit.\n"""\n\n'
_FUTURE = "from __future__ import annotations\n\n"
_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}

_BY_BROWSER = frozenset({"receive_backchannel_logout", "stream_events"})
"""Operations that no program calls through this client: one is for identity providers, one is an endless stream."""


def modules() -> dict[str, str]:
    """Return the text of each generated module, by file name."""
    document = json.loads(_OPENAPI.read_text(encoding="utf-8"))
    written = {"models.py": _models(document), "operations.py": _operations(document), "codes.py": _codes()}
    return {name: _format(text) for name, text in written.items()}


def main() -> None:
    """Write the modules, or compare them."""
    stale = {name: text for name, text in modules().items() if _read(PACKAGE / name) != text}
    if "--check" in sys.argv:
        sys.exit(f"out of date: {', '.join(stale)}. Run `make generate`." if stale else 0)
    for name, text in stale.items():
        (PACKAGE / name).write_text(text, encoding="utf-8")


def _format(text: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    command: list[str | Path] = [ruff, "format", "--quiet", "--stdin-filename", "generated.py", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=_ROOT).stdout


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def to_type(schema: Mapping[str, Any]) -> str:
    """Return the type annotation of a JSON schema."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return f"Literal[{', '.join(repr(value) for value in schema['enum'])}]"
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "anyOf" in schema or "oneOf" in schema:
        return " | ".join(dict.fromkeys(to_type(one) for one in schema.get("anyOf") or schema["oneOf"]))
    if schema.get("type") == "array":
        return f"list[{to_type(schema.get('items', {}))}]"
    if schema.get("type") == "object":
        more = schema.get("additionalProperties")
        return f"dict[str, {to_type(more) if isinstance(more, dict) else 'Any'}]"
    return _SCALARS.get(str(schema.get("type")), "Any")


def _models(document: Mapping[str, Any]) -> str:
    text = _HEADER.format("Types of requests and responses.") + _FUTURE
    text += "from typing import Any, Literal, NotRequired, TypeAlias, TypedDict\n"
    for name, schema in sorted(document["components"]["schemas"].items()):
        if schema.get("type") != "object":
            continue
        text += f"\n\n{_model(name, schema)}"
    # Aliases come last: annotations of classes are not evaluated, but those of aliases are.
    text += "\n"
    for name, schema in sorted(document["components"]["schemas"].items()):
        if schema.get("type") != "object":
            text += f"\n{name}: TypeAlias = {to_type(schema)}\n" + _doc(schema.get("description", ""), "")
    return text


def _model(name: str, schema: Mapping[str, Any]) -> str:
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    kinds = {key: to_type(one) for key, one in properties.items()}
    lines = {key: kind if key in required else f"NotRequired[{kind}]" for key, kind in kinds.items()}
    if any(keyword.iskeyword(key) or not key.isidentifier() for key in lines):
        members = "".join(f"        {key!r}: {kind!r},\n" for key, kind in lines.items())
        return f"{name} = TypedDict(\n    {name!r},\n    {{\n{members}    }},\n)\n" + _doc(
            schema.get("description", ""), ""
        )
    text = f"class {name}(TypedDict):\n" + _doc(schema.get("description", "") or f"`{name}`.", "    ")
    for key, kind in lines.items():
        text += f"    {key}: {kind}\n" + _doc(properties[key].get("description", ""), "    ")
    return text


def _doc(text: str, indent: str) -> str:
    """Return a docstring with lines of at most 120 characters. Empty without text."""
    if not text:
        return ""
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    first, *rest = [" ".join(part.split()) for part in text.split("\n\n")]
    if not first.endswith((".", ":", "?")):
        first += "."
    width = _WIDTH - len(indent)
    if not rest and len(first) + len(indent) + 6 <= _WIDTH:
        return f'{indent}"""{first}"""\n'
    blocks = [fill(f'"""{first}', width), *(fill(one, width) for one in rest)]
    body = "\n\n".join(blocks).replace("\n", f"\n{indent}").replace(f"\n{indent}\n", "\n\n")
    return f'{indent}{body}\n{indent}"""\n'


def _operations(document: Mapping[str, Any]) -> str:
    text = _HEADER.format("One method for each operation of the REST API.") + _FUTURE
    text += "from collections.abc import Iterator\nfrom typing import cast\n\n"
    text += "from pki_manager_client import models\nfrom pki_manager_client.core import Core\n\n\n"
    text += 'class Operations(Core):\n    """The operations of the REST API."""\n'
    for path, methods in sorted(document["paths"].items()):
        for method, operation in methods.items():
            if operation["operationId"] not in _BY_BROWSER:
                text += "".join(f"\n{one}" for one in _methods(document, method.upper(), path, operation))
    return text


def _methods(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the method of an operation, and for a list a second one that iterates over all pages."""
    name = operation["operationId"]
    result, accept = _result(operation)
    yield _method(method, path, operation, name, result, accept)
    page = document["components"]["schemas"].get(result.removeprefix("models."), {})
    if "next_cursor" in page.get("properties", {}) and name.startswith("list_"):
        item = _qualified(page["properties"]["items"]["items"])
        yield _iterator(path, operation, name, item)


def _result(operation: Mapping[str, Any]) -> tuple[str, str]:
    """Return the result type of an operation, and the media type to accept."""
    found: dict[str, Any] = {}
    for status, response in operation["responses"].items():
        if status.startswith("2") and (status != "202" or not found):
            found = response.get("content", {})
    if _JSON in found:
        kinds = _annotated(found[_JSON]["schema"]).split(" | ")  # what waits for approval is raised, not returned
        return " | ".join(kind for kind in kinds if kind != "models.Waiting" or len(kinds) == 1), _JSON
    return ("bytes", "*/*") if found else ("None", _JSON)


def _qualified(schema: Mapping[str, Any]) -> str:
    kind = to_type(schema)
    return f"models.{kind}" if "$ref" in schema else kind


def _annotated(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema or "oneOf" in schema:
        return " | ".join(dict.fromkeys(_annotated(one) for one in schema.get("anyOf") or schema["oneOf"]))
    if schema.get("type") == "array":
        return f"list[{_annotated(schema['items'])}]"
    return _qualified(schema)


def _parameters(operation: Mapping[str, Any], where: str, *, but: tuple[str, ...] = ()) -> dict[str, tuple[str, str]]:
    """Return annotation and description of the parameters in `where`, by name."""
    found: dict[str, tuple[str, str]] = {}
    for one in operation.get("parameters", ()):
        if one["in"] == where and one["name"] not in but:
            kind = _annotated(one["schema"])
            if where == "query" and not one.get("required") and "None" not in kind:
                kind += " | None"
            found[one["name"]] = (kind, one.get("description", ""))
    return found


def _signature(operation: Mapping[str, Any], *, but: tuple[str, ...] = ()) -> tuple[list[str], list[str]]:
    """Return the parameters of a method, and the keyword arguments that it passes to the core."""
    positional = [f"{_name(name)}: str" for name in _parameters(operation, "path")]
    passed: list[str] = []
    named: list[str] = []
    content = operation.get("requestBody", {}).get("content", {})
    if _JSON in content:
        kind = _qualified(content[_JSON]["schema"])
        optional = not operation["requestBody"].get("required")
        positional.append(f"body: {kind} | None = None" if optional else f"body: {kind}")
        passed.append("body=body")
    elif content:
        positional += ["content: bytes", "media_type: str"]
        passed += ["content=content", "media_type=media_type"]
    query = _parameters(operation, "query", but=but)
    for name, (kind, _) in sorted(query.items(), key=lambda item: "None" in item[1][0]):
        named.append(f"{_name(name)}: {kind}" + (" = None" if "None" in kind else ""))
    if query:
        passed.append("query={" + ", ".join(f"{name!r}: {_name(name)}" for name in query) + "}")
    if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ())):
        named.append("idempotency_key: str | None = None")
        passed.append("once=True, idempotency_key=idempotency_key")
    return positional + (["*", *named] if named else []), passed


def _name(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _target(path: str, operation: Mapping[str, Any]) -> str:
    names = list(_parameters(operation, "path"))
    if not names:
        return repr(path).replace("'", '"')
    for name in names:
        path = path.replace("{" + name + "}", "{self.quote(" + _name(name) + ")}")
    return f'f"{path}"'


def _method(method: str, path: str, operation: Mapping[str, Any], name: str, result: str, accept: str) -> str:
    parameters, passed = _signature(operation)
    arguments = [f'"{method}"', _target(path, operation), *passed]
    if accept != _JSON:
        arguments.append(f'accept="{accept}"')
    call = f"self.send({', '.join(arguments)})"
    lines = f"    def {name}(self, {', '.join(parameters)}) -> {result}:\n".replace("(self, )", "(self)")
    lines += _doc(_documentation(operation), "        ")
    if result == "None":
        return lines + f"        {call}\n"
    if result == "bytes":
        return lines + f"        return {call}.content\n"
    return lines + f'        return cast("{result}", {call}.json())\n'.replace("\\'", "'")


def _iterator(path: str, operation: Mapping[str, Any], name: str, item: str) -> str:
    parameters, passed = _signature(operation, but=("cursor", "limit"))
    query = next((one.removeprefix("query=") for one in passed if one.startswith("query=")), "{}")
    signature = f"    def {name.replace('list_', 'iterate_', 1)}(self, {', '.join(parameters)}) -> Iterator[{item}]:\n"
    lines = signature.replace("(self, )", "(self)")
    lines += _doc(f"Return an iterator over all pages of `{name}`.", "        ")
    return lines + f'        return cast("Iterator[{item}]", self.iterate({_target(path, operation)}, {query}))\n'


def _documentation(operation: Mapping[str, Any]) -> str:
    """Return the description of an operation, with its parameters and its permission."""
    text = str(operation.get("description") or operation["summary"])
    told = {**_parameters(operation, "path"), **_parameters(operation, "query")}
    rows = [f"`{_name(name)}`: {words.rstrip('.')}." for name, (_, words) in told.items() if words]
    if rows:
        text += "\n\n" + " ".join(rows)
    return f"{text}\n\nRequires the permission `{operation['x-permission']}`."


def _codes() -> str:
    text = _HEADER.format("One exception for each error code.") + _FUTURE
    text += "from pki_manager_client.errors import ApiError\n"
    for kind in errors.list_error_classes()[1:]:
        base = next(one for one in kind.__mro__[1:] if issubclass(one, PkiError))
        parent = "ApiError" if base is PkiError else base.__name__
        text += f"\n\nclass {kind.__name__}({parent}):\n" + _doc(first_paragraph(kind), "    ")
        text += f'\n    code = "{kind.code}"\n'
    names = (kind for kind in errors.list_error_classes()[1:])
    text += "\n\nBY_CODE: dict[str, type[ApiError]] = {\n"
    return text + "".join(f'    "{kind.code}": {kind.__name__},\n' for kind in names) + "}\n"


if __name__ == "__main__":
    main()
