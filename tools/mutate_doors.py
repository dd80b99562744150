"""Break each enrollment protocol in small ways, in a copy, and report the changes that no test notices.

    python -m tools.mutate_doors [--only TEXT]

Each mutation makes one protocol decide, record, or store something else than REST does. The tests of its row run
against the copy, and at least one must fail. Exit status 1 if a mutation survives, or no longer fits the source.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARITY = "tests/protocols/test_door_parity.py"
SECONDS = 900
"""Time limit for the tests of one mutation. A mutation that they do not finish with counts as noticed."""


@dataclass(frozen=True)
class Mutation:
    """In `path` below `src/pki_manager`, `old` becomes `new`; `tests` are the words that select tests of PARITY."""

    name: str
    path: str
    old: str
    new: str
    tests: str


MUTATIONS = (
    Mutation(
        "ACME: an order ignores what policy refuses",
        "authority/acme/orders.py",
        "refusal.errors = number_errors(refusal.errors, identifiers)\n            raise\n",
        "refusal.errors = number_errors(refusal.errors, identifiers)\n",
        "officer and code-signing",
    ),
    Mutation(
        "ACME: a refusal of an order is not recorded",
        "authority/acme/orders.py",
        "view.confirm()\n            record_refusal(ctx, actor, terms.issuer, terms.profile, refusal)\n",
        "view.confirm()\n",
        "officer and tls-client",
    ),
    Mutation(
        "ACME: names that no certificate can have are refused with a rule of ACME's own",
        "policy/acme.py",
        "    return Identifier(known, name.value)\n",
        '    if "_" in value:\n        raise InvalidInput.of("identifiers", "acme.identifier", "is not a name")\n'
        "    return Identifier(known, name.value)\n",
        "officer and tls-server",
    ),
    Mutation(
        "EST: the common name of a request is dropped",
        "protocols/est/door.py",
        "csr_der=csr_der, requested=RequestedContents())",
        "csr_der=csr_der, requested=RequestedContents(subject=parse_dn('', 'subject')))",
        "officer and device",
    ),
    Mutation(
        "EST: a credential's limits are ignored",
        "protocols/est/door.py",
        "    return authenticate_secret(ctx, EST, password, request.origin, identifier=user)\n",
        "    found = authenticate_secret(ctx, EST, password, request.origin, identifier=user)\n"
        "    return replace(found, actor=build_system_actor('mutant'))\n",
        "other and tls-server",
    ),
    Mutation(
        "EST: a denied request is not recorded",
        "protocols/est/door.py",
        '        refusal_log.record_refusal(ctx, client.actor, operation, request.label or "", error)\n',
        "        pass\n",
        "other and tls-server",
    ),
    Mutation(
        "EST: a credential enrolls through the path of another one",
        "protocols/est/door.py",
        'raise Forbidden("The credential is for another EST label.")',
        "pass",
        "another",
    ),
    Mutation(
        "EST: a credential gets a key through the path of another one",
        "protocols/est/door.py",
        "        _target(ctx, request, client)\n        exchange = ",
        "        exchange = ",
        "another",
    ),
    Mutation(
        "EST: a denied request for a key is not recorded",
        "protocols/est/door.py",
        '        _note(ctx, client, "serverkeygen", request, error)\n',
        "",
        "other and tls-server",
    ),
    Mutation(
        "EST: a request for a key loses its alternative names",
        "authority/requests/server_keys.py",
        "requested=RequestedContents(subject=request.subject, sans=request.sans),",
        "requested=RequestedContents(subject=request.subject, sans=()),",
        "officer and tls-server",
    ),
    Mutation(
        "SCEP: a credential enrolls through the path of another one",
        "authority/enrollment/scep.py",
        "challenge, origin)\n        _require_target(client, target)\n",
        "challenge, origin)\n",
        "another",
    ),
    Mutation(
        "SCEP: a refused request is not recorded",
        "authority/enrollment/scep.py",
        '    refusal_log.record_refusal(ctx, actor if client is None else client.actor, "scep.enroll", path, error)\n',
        "",
        "other and tls-server",
    ),
    Mutation(
        "SCEP: a profile of the client's choice",
        "authority/enrollment/scep.py",
        "            profile=target.profile,\n            csr_der=opened.content,",
        "            profile='tls-client',\n            csr_der=opened.content,",
        "officer and tls-server",
    ),
    Mutation(
        "CMP: a credential enrolls through the path of another one",
        "protocols/cmp/routes.py",
        "if ca is None or (ca.id, received.profile) != (credential.ca_id, credential.profile):",
        "if ca is None:",
        "another",
    ),
    Mutation(
        "CMP: the use of another path is not recorded",
        "protocols/cmp/routes.py",
        'refusal_log.record_refusal(self._ctx, sender.client.actor, "cmp.request", received.target, error)\n',
        "pass\n",
        "another",
    ),
    Mutation(
        "CMP: a denied request is not recorded",
        "protocols/cmp/routes.py",
        "            refusal_log.record_refusal(self._ctx, sender.client.actor, name, received.target, error)\n",
        "",
        "other and tls-server",
    ),
    Mutation(
        "CMP: the names of a request are dropped",
        "protocols/cmp/operations.py",
        "csr_der=call.message.body, requested=RequestedContents()\n",
        "csr_der=call.message.body, requested=RequestedContents(sans=())\n",
        "officer and tls-server",
    ),
    Mutation(
        "every credential: what needs approval is issued at once",
        "authority/certificates/enroll.py",
        "    if judged.rules:\n        return judged\n",
        "    if judged.rules and actor.via == 'rest':\n        return judged\n",
        "requester and tls-server",
    ),
    Mutation(
        "every credential: a refused request is stored",
        "authority/enrollment/request_certificate.py",
        "    replaced = None if earlier is None else earlier.enrollment_id\n",
        "    replaced = None if earlier is None else earlier.enrollment_id\n"
        "    with ctx.ports.storage.begin(client.actor) as early:\n"
        "        now = ctx.ports.clock.now()\n"
        "        early.credentials.add_exchange(key + b'x', ctx.new_id(), instead_of=None, now=now)\n",
        "officer and code-signing",
    ),
)
_IMPORTS: Mapping[str, str] = {
    "protocols/est/door.py": "from dataclasses import replace\n"
    "from pki_manager.domain.rights.actor import build_system_actor\n"
    "from pki_manager.x509.names import parse_dn\n",
}
"""What mutations of a file need in addition."""


def is_noticed(mutation: Mutation, source: Path) -> bool:
    """Run the tests of a mutation against a copy that has it. ValueError if its text is not in the source once."""
    path = source / "pki_manager" / mutation.path
    original = path.read_text(encoding="utf-8")
    if original.count(mutation.old) != 1:
        raise ValueError(f"{mutation.path} does not contain the text of the mutation exactly once")
    marker = "from __future__ import annotations\n"
    changed = original.replace(mutation.old, mutation.new)
    path.write_text(changed.replace(marker, marker + _IMPORTS.get(mutation.path, ""), 1), encoding="utf-8")
    options = ["-n", "0", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "", "-k", mutation.tests]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *options, PARITY],
            cwd=ROOT, env=environment, capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(original, encoding="utf-8")
    if ended.returncode not in (0, 1):
        raise ValueError(f"the tests did not run: {ended.stdout.decode()[-500:]}")
    return ended.returncode == 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="text in the name of the mutations to run")
    only = parser.parse_args().only
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src", source)
        for mutation in (one for one in MUTATIONS if only in one.name):
            try:
                result = "noticed" if is_noticed(mutation, source) else "SURVIVED"
            except ValueError as error:
                result = f"FAILED: {error}"
            faults += result != "noticed"
            sys.stderr.write(f"{mutation.name}: {result}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
