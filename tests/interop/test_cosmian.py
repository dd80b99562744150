"""The whole heart with every CA key in a real Cosmian KMS; and what the KMS itself has seen of it."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import BackendUnavailable, Conflict, KeyOwnerRequired, NotFound
from pki_manager.ports.signer import BackendState
from pki_manager.signers.cosmian.client import KmsRefused
from pki_manager.signers.cosmian.signer import open_cosmian
from pki_manager.signers.cosmian.wire import boolean, enumeration, structure, text
from pki_manager.system import SystemClock
from tests.contract.signer.verification import verifies
from tests.services.identity_provider import CLIENT_ID, identity_provider
from tests.services.installation import Installation, administrator_token
from tests.services.kms import KEK, OWNER, RUNTIME, Kms, kms_server
from tests.support.canary import clothes, hits
from tests.support.csrs import make_csr

pytestmark = pytest.mark.kms


def settings(kms: Kms, *, owner: bool = True, default: str = "kms", **changes: object) -> dict[str, str]:
    backends = [{"name": "embedded", "kind": "embedded"}, kms.described(owner=owner, **changes)]
    return {"PKIM_KEY_BACKENDS": json.dumps(backends), "PKIM_DEFAULT_KEY_BACKEND": default}


@pytest.fixture(scope="module")
def installation(kms: Kms, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Served once, so that it has its OCSP signers too, and judged by OpenSSL: chain, CRL, OCSP, good and revoked."""
    made = Installation(tmp_path_factory.mktemp("heart"), settings(kms))
    made.run("init")
    with made.serving():
        made.run("selfcheck")
    return made


def operations(kms: Kms) -> list[dict[str, Any]]:
    return [json.loads(line) for line in kms.audit.splitlines()]


def keys_of(installation: Installation) -> list[str]:
    cas = [installation.json("ca", "show", name) for name in ("Root CA", "Issuing CA")]
    assert {key["backend"] for ca in cas for key in ca["keys"]} == {"kms"}
    ids = [key["backend_key_id"] for ca in cas for key in ca["keys"]]
    return [*ids, *(f"ocsp-{one.removeprefix('ca-')}" for one in ids)]


def test_issue_status_revoke_and_check_with_every_key_in_the_kms(kms: Kms, installation: Installation) -> None:
    with installation.serving() as server, server.client(administrator_token(installation)) as client:
        csr = make_csr("www.example.com")
        made = client.post("/certificates", json={"ca": "Issuing CA", "profile": "tls-server", "csr": csr})
        assert made.status_code == 201, made.text
        identifier = made.json()["id"]
        revoked = client.post(f"/certificates/{identifier}/revoke", json={"reason": "superseded"})
        assert revoked.status_code == 200
        crl = client.post("/cas/Issuing CA/crls", json={})
        assert crl.status_code == 201, crl.text
        rotated = client.post("/cas/Issuing CA/rotate", json={})
        assert rotated.status_code in (200, 201), rotated.text
        assert [key["backend"] for key in rotated.json()["keys"]] == ["kms", "kms"]
        another = client.post("/certificates", json={"ca": "Issuing CA", "profile": "tls-server", "csr": csr})
        assert another.status_code == 201, another.text
        installation.run("selfcheck")
    assert installation.json("audit", "verify")["valid"] is True
    events = installation.json("audit", "list", "--action", "certificate.issued")["items"]
    used = next(event["kms"] for event in events if event["object"]["id"] == identifier)
    assert used["backend"] == "kms"
    assert used["operation_id"] in installation.log(), "the log names the operation that the audit trail names"


def test_kms_01_our_keys_are_sensitive_not_extractable_and_were_never_taken_out(
    kms: Kms, installation: Installation
) -> None:
    private = keys_of(installation)
    with kms.client() as owner:
        for key_id in private:
            told = owner.kmip(structure("GetAttributes", text("UniqueIdentifier", key_id))).structure("Attributes")
            assert (told.find_boolean("Sensitive"), told.find_boolean("Extractable")) == (True, False)
            assert told.find_text("State") == "Active"
    seen = [row for row in operations(kms) if row["object_uid"] in private]
    assert {row["operation"] for row in seen} == {"CreateKeyPair", "GetAttributes", "Sign"}
    assert {row["user"] for row in seen if row["operation"] == "Sign"} == {RUNTIME}
    assert {row["user"] for row in seen if row["operation"] == "CreateKeyPair"} == {OWNER}


def test_kms_07_a_key_of_the_kms_is_nowhere_with_us(kms: Kms, tmp_path: Path) -> None:
    """Its owner takes it out in the end, which we never do, to know what to look for."""
    installation = Installation(tmp_path, settings(kms, default="embedded"))
    seen = [installation.run("init").encode()]
    wish = {"name": "Canary CA", "subject": "CN=Canary CA", "parent": "Root CA", "backend": "kms"}
    with installation.serving() as server, server.client(administrator_token(installation)) as client:
        made = client.post("/cas", json=wish)
        assert made.status_code == 201, made.text
        order = {"ca": "Canary CA", "profile": "tls-server", "csr": make_csr("www.example.com")}
        seen += [made.content, client.post("/certificates", json=order).content]
        seen += [client.post("/cas/Canary CA/crls", json={}).content]
        seen += [client.get(path).content for path in ("/cas", "/keys", "/backends/kms", "/audit", "/jobs")]
        seen += [Path(f"/proc/{server.pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
        private = taken_out(kms, made.json()["keys"][0]["backend_key_id"])
        patterns = [one for one in clothes(private) if one != b"PRIVATE KEY"]
        alive = hits(installation.home, patterns)
    assert alive == hits(tmp_path, patterns) == []
    assert [pattern for pattern in patterns for text in seen if pattern in text] == []
    (tmp_path / "leak").write_bytes(private)
    assert {name for name, _ in hits(tmp_path, patterns)} == {"leak"}, "the search itself is blind"


def taken_out(kms: Kms, key_id: str) -> bytes:
    """PKCS#8 in DER. An owner can undo what protects a key."""
    with kms.client() as owner:
        for change in (boolean("Sensitive", value=False), boolean("Extractable", value=True)):
            owner.kmip(structure("SetAttribute", text("UniqueIdentifier", key_id), structure("NewAttribute", change)))
        wanted = enumeration("KeyFormatType", "PKCS8"), enumeration("KeyWrapType", "NotWrapped")
        got = owner.kmip(structure("Get", text("UniqueIdentifier", key_id), *wanted))
    return got.structure("PrivateKey", "KeyBlock", "KeyValue").octets("KeyMaterial")


@pytest.mark.parametrize("operation", ["Get", "Export"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_kms_01_the_identity_that_signs_cannot_take_a_key_out(kms: Kms, operation: str, wrapped: bool) -> None:
    with closing(open_cosmian(kms.options(), clock=SystemClock())) as signer:
        key_id = signer.generate(KEY_TYPES["ECDSA-P256"], str(uuid4())).key_id
    specification = structure(
        "KeyWrappingSpecification",
        enumeration("WrappingMethod", "Encrypt"),
        structure("EncryptionKeyInformation", text("UniqueIdentifier", KEK)),
    )
    with kms.client(RUNTIME) as runtime:
        asked = structure(operation, text("UniqueIdentifier", key_id), *([specification] if wrapped else []))
        with pytest.raises(KmsRefused, match="Object_Not_Found"):
            runtime.kmip(asked)
        change = structure("NewAttribute", boolean("Sensitive", value=False))
        with pytest.raises(KmsRefused, match="Object_Not_Found"):
            runtime.kmip(structure("SetAttribute", text("UniqueIdentifier", key_id), change))


def test_a_check_says_who_is_who_and_finds_the_kek_grant_missing_before_signing_ends(
    kms: Kms, installation: Installation
) -> None:
    (found,) = installation.json("backend", "check", "kms")["items"]
    assert (found["state"], found["kind"], found["identity"], found["owner"]) == (
        "available",
        "cosmian",
        RUNTIME,
        OWNER,
    )
    assert found["version"].startswith("5.28.0")
    assert {"ECDSA-P256", "ML-DSA-65"} <= set(found["key_types"])
    assert found["warnings"] == []
    with kms.client() as owner:
        grant = {"unique_identifier": KEK, "user_id": RUNTIME, "operation_types": ["decrypt"]}
        owner.post("/access/revoke", grant)
        try:
            (found,) = installation.json("backend", "check", "kms")["items"]
        finally:
            owner.post("/access/grant", grant)
    assert len(found["warnings"]) == len(keys_of(installation))
    assert all(f"is wrapped by '{KEK}', which '{RUNTIME}' may not `decrypt`" in one for one in found["warnings"])


def test_a_server_that_may_only_sign_takes_keys_that_their_owner_has_made(kms: Kms, tmp_path: Path) -> None:
    installation = Installation(tmp_path, settings(kms, owner=False, default="embedded"))
    installation.run("init")
    wanted = ["--name", "KMS CA", "--subject", "CN=KMS CA", "--parent", "Root CA", "--backend", "kms"]
    with installation.serving() as server, server.client(administrator_token(installation)) as client:
        body = {"name": "KMS CA", "subject": "CN=KMS CA", "parent": "Root CA", "backend": "kms"}
        refused = client.post("/cas", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "key_owner_required")
        key = refused.json()["detail"].rsplit(" ", 1)[1].rstrip(".")
        command = f"pkim key create --backend kms --key-type ECDSA-P256 --key {key}"
        assert command in refused.json()["detail"]
        again = client.post("/cas", json=body | {"key": key})
        assert (again.status_code, again.json()["code"]) == (409, "key_owner_required")
        assert "key_owner_required" in installation.run("ca", "create", *wanted, "--output", "json", expect=6)

        certificate, private = kms.pki.client(OWNER)
        made = installation.json(
            *command.split()[1:], "--owner-certificate-file", str(certificate), "--owner-key-file", str(private)
        )
        assert (made["id"], made["backend"]) == (key, "kms")
        created = client.post("/cas", json=body | {"key": key})
        assert created.status_code == 201, created.text
        taken = client.post("/cas", json=body | {"key": key, "name": "Another", "subject": "CN=Another"})
        assert (taken.status_code, taken.json()["code"]) == (409, "conflict")
        csr = make_csr("www.example.com")
        issued = client.post("/certificates", json={"ca": "KMS CA", "profile": "tls-server", "csr": csr})
        assert issued.status_code == 201, issued.text
        installation.run("selfcheck")

        refused = client.post("/cas/KMS CA/rotate", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "key_owner_required")
        owner = ("--owner-certificate-file", str(certificate), "--owner-key-file", str(private))
        following = installation.json("key", "create", "--backend", "kms", *owner)["id"]
        rotated = client.post("/cas/KMS CA/rotate", json={"key": following})
        assert [one["id"] for one in rotated.json()["keys"]] == [following, key], rotated.text
        assert client.post("/cas/KMS CA/retire", json={}).status_code == 200
        refused = client.post(f"/keys/{following}/destroy", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "key_owner_required")
        assert f"pkim key destroy {following} --backend kms" in refused.json()["detail"]
        destroyed = installation.json("key", "destroy", following, "--backend", "kms", *owner)
        assert destroyed["state"] == "destroyed"
        with kms.client() as administrator:
            asked = structure("GetAttributes", text("UniqueIdentifier", f"ca-{following}"))
            told = administrator.kmip(asked).structure("Attributes")
            assert told.find_text("State") == "Destroyed"
        shown = client.get("/backends/kms").json()
        assert (shown["identity"], shown["owner"]) == (RUNTIME, None)
    adopted = installation.json("audit", "list", "--action", "key.adopted")["items"]
    assert {event["object"]["id"] for event in adopted} == {key, following}


def test_the_owners_credentials_stay_on_this_machine(kms: Kms, installation: Installation) -> None:
    certificate, private = (str(path) for path in kms.pki.client(OWNER))
    owner = ["--owner-certificate-file", certificate, "--owner-key-file", private]
    create = ["key", "create", "--backend", "kms"]
    assert "stay on this host" in installation.run(*create, *owner, "--url", "http://localhost:1", expect=2)
    assert "go together" in installation.run(*create, *owner[:2], expect=2)
    assert "has no key owner" in installation.run("key", "create", "--backend", "embedded", *owner, expect=2)
    assert "Key backend 'x' not found" in installation.run("key", "create", "--backend", "x", *owner, expect=4)


def test_somebody_who_is_not_the_owner_makes_no_key(kms: Kms, installation: Installation) -> None:
    certificate, private = (str(path) for path in kms.pki.client(RUNTIME))
    owner = ["--owner-certificate-file", certificate, "--owner-key-file", private]
    said = installation.run("key", "create", "--backend", "kms", "--key", str(uuid4()), *owner, expect=6)
    assert "cannot create keys" in said


def test_a_token_opens_the_kms_to_its_holder_and_a_check_says_what_that_means(tmp_path: Path) -> None:
    with kms_server(tmp_path / "kms", tls=False) as kms:
        token = kms.require_token()
        clock, row = SystemClock(), KEY_TYPES["ECDSA-P256"]
        with closing(open_cosmian(kms.options(), clock=clock)) as nobody:
            described = nobody.describe()
            assert described.state is BackendState.UNAVAILABLE
            assert "refused the credentials" in (described.reason or "")
        with closing(open_cosmian(kms.options(token_file=token), clock=clock)) as runtime:
            with pytest.raises(KeyOwnerRequired, match="Only the key owner can create it"):
                runtime.generate(row, "a-key")
            assert (runtime.describe().identity, runtime.describe().owner) == ("admin", None)
        with closing(open_cosmian(kms.options(token_file=token, owner_token_file=token), clock=clock)) as both:
            ref = both.generate(row, "a-key")
            assert verifies(both.get_public_key(ref), both.sign(ref, b"x", row.signature, "op"), b"x", row.signature)
            (warning,) = both.check([ref]).warnings
            assert (
                warning
                == "The identity 'admin' both signs and owns the keys. A key owner can export keys from the KMS."
            )
            both.destroy(ref)
            with pytest.raises(Conflict, match="was destroyed"):
                both.generate(row, "a-key")


def test_a_token_of_an_identity_provider_says_who_somebody_is(tmp_path: Path) -> None:
    """JWTs that a real provider has signed, one for the owner and one for who signs; read again when they change."""
    people = {name: {"email": f"{name}@example.com", "email_verified": True} for name in (OWNER, RUNTIME, "visitor")}
    home, row = ["http://localhost/here"], KEY_TYPES["ECDSA-P256"]
    with (
        identity_provider(home, home, people, claims_in_token=True) as provider,
        kms_server(tmp_path / "kms", tls=False) as kms,
        kms.trusting_provider(provider.issuer, CLIENT_ID),
    ):
        files = {name: tmp_path / f"{name}.jwt" for name in people}
        for name, path in files.items():
            path.touch(mode=0o600)
            path.write_text(provider.id_token(name))
        options = kms.options(token_file=files[RUNTIME], owner_token_file=files[OWNER])
        with closing(open_cosmian(options, clock=SystemClock())) as signer:
            ref = signer.generate(row, "a-key")
            described = signer.describe()
            assert (described.identity, described.owner) == (f"{RUNTIME}@example.com", f"{OWNER}@example.com")
            assert verifies(
                signer.get_public_key(ref), signer.sign(ref, b"x", row.signature, "op"), b"x", row.signature
            )
            assert signer.check([ref]).warnings == ()
            files[RUNTIME].write_text(files["visitor"].read_text())
            with pytest.raises(NotFound, match="Key 'a-key' not found"):
                signer.sign(ref, b"x", row.signature, "op")
            head, body, signature = files["visitor"].read_text().split(".")
            files[RUNTIME].write_text(f"{head}.{body}.{signature[::-1]}")
            with pytest.raises(BackendUnavailable, match="refused the credentials"):
                signer.sign(ref, b"x", row.signature, "op")


def test_a_kms_that_asks_for_no_credentials_is_used_and_warned_about(tmp_path: Path) -> None:
    with (
        kms_server(tmp_path / "kms", tls=False) as kms,
        closing(open_cosmian(kms.options(), clock=SystemClock())) as signer,
    ):
        ref = signer.generate(KEY_TYPES["Ed25519"], "a-key")
        (warning,) = signer.check([ref]).warnings
        assert (
            warning == "The KMS requires no credentials: everyone who can reach it acts as 'admin' and owns every key."
        )


def test_a_key_that_signs_nothing_any_more_says_why_and_the_others_go_on(kms: Kms) -> None:
    row = KEY_TYPES["ECDSA-P256"]
    with closing(open_cosmian(kms.options(), clock=SystemClock())) as signer, kms.client() as owner:
        revoked, closed, fine = (signer.generate(row, str(uuid4())) for _ in range(3))
        reason = structure("RevocationReason", enumeration("RevocationReasonCode", "KeyCompromise"))
        owner.kmip(structure("Revoke", text("UniqueIdentifier", revoked.key_id), reason))
        grant = {"unique_identifier": closed.key_id, "user_id": RUNTIME, "operation_types": ["sign"]}
        owner.post("/access/revoke", grant)
        owner.post("/access/grant", grant | {"operation_types": ["getattributes"]})
        for ref, why in ((revoked, "is Compromised and cannot sign"), (closed, "Grant `sign`")):
            with pytest.raises(BackendUnavailable, match=why) as refused:
                signer.sign(ref, b"x", row.signature, "op")
            assert refused.value.facts == {"key": ref.key_id}
        assert signer.sign(fine, b"x", row.signature, "op")
        warnings = signer.check([revoked, closed, fine]).warnings
        assert warnings == (f"Key {revoked.key_id!r} is Compromised and cannot sign.",)
