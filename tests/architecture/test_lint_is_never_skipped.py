"""Nothing is signed that was not linted: what a key signs is a `Prepared`, and only lint makes one.

Four rules of the code, each shown by a text that breaks it. Types say the rest: `sign` takes a `Prepared`, and a
function that returns one takes a `lint` that is neither optional nor has a default.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT

SOURCE = ROOT / "src" / "pki_manager"

CONSTRUCTORS = {"x509/prepare.py"}
RESUMERS = {"authority/certificates/reconcile.py"}
GATED = {
    "x509/prepare.py",
    "x509/crl.py",
    "x509/ca_request.py",
    "x509/ocsp/response.py",
    "x509/cmp/prepare.py",
}
"""Modules that pass findings to the gate; each computes them in the same function, from the object itself."""

SIGNERS = {"authority/signing/sign.py"}
OTHER_KEYS = {
    "authority/certificates/profile_samples.py": "a throwaway key in memory signs the sample issuer",
    "authority/enrollment/scep.py": "the key of a SCEP registration authority signs messages only",
    "authority/requests/server_keys.py": "the same key signs the package of a key that the server generated for EST",
}
LINTS = {"make_certificate_lint", "make_crl_lint", "make_ocsp_lint"}


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def violations(text: str, path: str) -> set[str]:
    """Return the rules that the module of that path breaks."""
    tree = ast.parse(text)
    found = set()
    for name, call in _calls(tree):
        last = name.rpartition(".")[2]
        if name in {"Prepared", "prepare.Prepared"} and path not in CONSTRUCTORS:
            found.add("constructs")
        if last == "resume" and "Prepared" in name and path not in RESUMERS:
            found.add("resumes")
        if name in {"gate", "prepare.gate"} and path not in GATED:
            found.add("passes findings")
        if "." in name and last in {"sign", "sign_batch"} and _is_use_case(path):
            found.add("signs")
        if path.startswith(("authority/", "worker/", "server/", "protocols/")):
            found |= {"skips lint" for one in call.keywords if one.arg == "lint" and not _is_lint(one.value, tree)}
    return found | {f"lint of {name} is optional" for name in _optional_lints(tree)}


def _is_use_case(path: str) -> bool:
    inside = path.startswith(("authority/", "protocols/", "worker/", "server/"))
    return inside and path not in SIGNERS and path not in OTHER_KEYS


def _is_lint(value: ast.expr, tree: ast.AST) -> bool:
    """Whether the argument is a call of one of `LINTS`, or a name that is only assigned such calls."""
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).rpartition(".")[2] in LINTS
    if not isinstance(value, ast.Name):
        return False
    assigned = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == value.id for to in node.targets)
    ]
    return bool(assigned) and all(isinstance(one, ast.Call) and _is_lint(one, tree) for one in assigned)


def _optional_lints(tree: ast.AST) -> Iterator[str]:
    """Yield the functions whose `lint` has a default or another type than `Lint`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            positional = [*arguments.posonlyargs, *arguments.args]
            defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
            both = [
                *zip(positional, defaults, strict=True),
                *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
            ]
            for argument, default in both:
                named = argument.arg == "lint" and node.name.startswith("prepare")
                if named and (default is not None or ast.unparse(argument.annotation or ast.Constant(None)) != "Lint"):
                    yield node.name


def test_no_module_signs_what_was_not_linted() -> None:
    paths = {str(path.relative_to(SOURCE)): path for path in SOURCE.rglob("*.py")}
    found = {name: violations(path.read_text(), name) for name, path in paths.items()}
    assert {name: rules for name, rules in found.items() if rules} == {}


def test_sign_takes_nothing_but_something_prepared() -> None:
    tree = ast.parse((SOURCE / "authority/signing/sign.py").read_text())
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert ast.unparse(functions["sign"].args) == "ctx: Context, key: SigningKey, prepared: Prepared"
    requests = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "SignRequest"]
    fields = {ast.unparse(one) for node in requests for one in node.body if isinstance(one, ast.AnnAssign)}
    assert "prepared: Prepared" in fields
    taken = {name for name, _ in _calls(tree) if name.endswith(".take")}
    assert taken == {"prepared.take"}


@pytest.mark.parametrize(
    ("text", "path", "rule"),
    [
        ("p = Prepared(tbs=b'', findings=())", "authority/x.py", "constructs"),
        ("p = Prepared.resume(tbs=b'')", "authority/x.py", "resumes"),
        ("p = gate(tbs, algorithm, spki, ())", "x509/x.py", "passes findings"),
        ("signers.get('a').sign(ref, tbs)", "authority/x.py", "signs"),
        ("p = prepare_crl(issuer, content, lint=lambda _: ())", "authority/x.py", "skips lint"),
        ("p = prepare_crl(issuer, content, lint=None)", "authority/x.py", "skips lint"),
        ("lint = off\np = prepare_crl(issuer, content, lint=lint)", "authority/x.py", "skips lint"),
        ("def prepare_crl(content, *, lint: Lint | None): ...", "x509/x.py", "lint of prepare_crl is optional"),
        ("def prepare_crl(content, lint: Lint = off): ...", "x509/x.py", "lint of prepare_crl is optional"),
    ],
    ids=["constructs", "resumes", "findings", "signs", "lambda", "none", "name", "optional", "default"],
)
def test_a_way_around_lint_is_found(text: str, path: str, rule: str) -> None:
    assert violations(text, path) == {rule}


def test_a_lint_that_is_assigned_first_is_accepted() -> None:
    text = "lint = make_certificate_lint(known, profile, issuer)\np = prepare_certificate(plan, lint=lint)"
    assert violations(text, "authority/x.py") == set()
