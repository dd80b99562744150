"""OpenSSL and we agree about paths: over chains of which hypothesis chooses what is wrong with them."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from pki_manager.domain.names import AlternativeName
from pki_manager.x509.path import Question, Reason, verify
from tests.judges.services import require, run
from tests.support.paths import CLIENT_AUTH, DAY, ISSUING, LEAF, NOW, ROOT, SERVER_AUTH, Spec, chain, ders

HOST = "www.example.com"
DNS = st.sampled_from(["example.com", "www.example.com", "example.org", "a.example.com", "ample.com", "com"])
SANS = st.sampled_from(["www.example.com", "*.example.com", "*.com", "www.example.org", "WWW.EXAMPLE.COM"])
SUBTREES = st.lists(DNS.map(x509.DNSName), max_size=2).map(tuple)
PERIODS = st.sampled_from([(-1, 1), (-1, 1), (-1, 1), (0.5, 1), (-1, -0.5)])
PURPOSES = st.sampled_from([(), (), (SERVER_AUTH,), (CLIENT_AUTH,), (SERVER_AUTH, CLIENT_AUTH)])
CA = {
    "path_length": st.sampled_from([None, 0, 1, 2]),
    "usage": st.sampled_from([("key_cert_sign",), ("key_cert_sign",), ("crl_sign",), None]),
    "purposes": PURPOSES,
    "permitted": SUBTREES,
    "excluded": SUBTREES,
}
CAS = st.fixed_dictionaries({}, optional={**CA, "period": PERIODS})
LEAVES = st.fixed_dictionaries(
    {},
    optional={
        "period": PERIODS,
        "purposes": PURPOSES,
        "sans": st.lists(SANS.map(x509.DNSName), min_size=1, max_size=2).map(tuple),
        "usage": st.sampled_from([("digital_signature",), ("key_encipherment",), None]),
        "critical": st.sampled_from([None, None, "1.2.3.4"]),
    },
)


def spec(base: Spec, changes: dict[str, object]) -> Spec:
    begin, end = changes.pop("period", (-1, 1))
    return replace(base, not_before=NOW + begin * DAY, not_after=NOW + end * DAY, **changes)


def openssl_says(certificates: list[x509.Certificate]) -> str:
    leaf, *others, root = (one.public_bytes(Encoding.PEM) for one in certificates)
    with tempfile.TemporaryDirectory() as folder:
        files = {"leaf": leaf, "others": b"".join(others), "anchor": root}
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        command = [require("openssl"), "verify", "-no-CApath", "-no-CAstore", "-CAfile", f"{folder}/anchor"]
        command += ["-untrusted", f"{folder}/others", "-purpose", "sslserver", "-verify_hostname", HOST]
        done = run([*command, "-attime", str(int(NOW.timestamp())), f"{folder}/leaf"])
    return (done.stdout + done.stderr).replace(folder, "")


def _reaches_excluded(reason: Reason) -> bool:
    """Where we are stricter: `*.example.com` stands for names in the excluded `a.example.com` too."""
    return reason.code == "name_constraints" and "*." in reason.message and "excluded" in reason.message


@settings(max_examples=60, deadline=None, database=None)
@given(leaf=LEAVES, issuing=CAS, upper=CAS, root=CAS)
def test_openssl_and_we_agree(
    leaf: dict[str, object], issuing: dict[str, object], upper: dict[str, object], root: dict[str, object]
) -> None:
    made = chain(
        spec(LEAF, leaf),
        spec(replace(ISSUING, path_length=None), issuing),
        spec(Spec(name="Upper CA", key=4), upper),
        spec(ROOT, root),
    )
    first, *others, anchor = ders(made)
    ours = verify(
        Question(
            certificate=first,
            intermediates=tuple(others),
            trust_anchors=(anchor,),
            time=NOW,
            name=AlternativeName.parse(f"DNS:{HOST}"),
            usage=SERVER_AUTH,
        )
    )
    theirs = openssl_says(made)
    if theirs.endswith("leaf: OK\n"):
        assert all(_reaches_excluded(reason) for reason in ours.reasons), ours.reasons
    else:
        assert not ours.valid, theirs


@pytest.mark.parametrize("wrong", [{}, {"sans": (x509.DNSName("www.example.org"),)}])
def test_the_judge_can_say_both(wrong: dict[str, object]) -> None:
    said = openssl_says(chain(replace(LEAF, **wrong), ISSUING, ROOT))
    assert said.endswith("leaf: OK\n") is not bool(wrong)
