"""Orders, authorizations, challenges and certificates at the door (RFC 8555 §7.4 and §7.5)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.domain.acme.orders import AcmeProblem, AuthorizationState, ChallengeState
from pki_manager.domain.rights.actor import Role
from tests.protocols.acme.client import BASE, AcmeClient, Door, kind, new_client
from tests.protocols.acme.signing import b64, new_signer
from tests.protocols.rest.door import Reply, unique
from tests.support.csrs import make_csr

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DER_BODY = re.compile(r"-----[A-Z ]+-----|\s")


def csr(*names: str, key: Any = None) -> str:
    """base64url of the DER."""
    text = make_csr(names[0], sans=names, key=key)
    return DER_BODY.sub("", text).replace("+", "-").replace("/", "_").rstrip("=")


def name() -> str:
    return f"{unique('acme')}.example.com"


def finalized(client: AcmeClient, *names: str, **more: Any) -> Reply:
    made = client.order(*names, **more)
    assert made.status == 201, made.body
    client.prove(made)
    return client.post(made.json["finalize"], {"csr": csr(*names)})


def certificate(client: AcmeClient, reply: Reply) -> x509.Certificate:
    chain = client.post(reply.json["certificate"])
    assert chain.headers["content-type"] == "application/pem-certificate-chain"
    return x509.load_pem_x509_certificates(chain.body)[0]


def test_an_order_is_made_shown_and_lists_what_has_to_be_proved(client: AcmeClient) -> None:
    asked = name()
    made = client.order(asked.upper(), f"*.{asked}")
    assert made.status == 201
    told = made.json
    assert told["status"] == "pending"
    assert told["identifiers"] == [{"type": "dns", "value": asked}, {"type": "dns", "value": f"*.{asked}"}]
    assert TIME.fullmatch(told["expires"])
    assert {"certificate", "error", "notBefore", "notAfter"}.isdisjoint(told)
    shown = client.post(made.headers["location"])
    assert (shown.status, shown.json) == (200, told)
    assert re.fullmatch(rf'<{BASE}/acme/[0-9a-f-]{{36}}/tls-server/directory>;rel="index"', shown.headers["link"])
    assert client.post(f"{client.kid}/orders").json == {"orders": [made.headers["location"]]}
    plain, wildcard = (client.post(url).json for url in told["authorizations"])
    assert plain["identifier"] == wildcard["identifier"] == {"type": "dns", "value": asked}
    assert wildcard["wildcard"] is True
    assert "wildcard" not in plain
    assert {one["type"] for one in plain["challenges"]} == {"http-01", "dns-01", "tls-alpn-01"}
    assert [one["type"] for one in wildcard["challenges"]] == ["dns-01"]
    assert {one["status"] for one in plain["challenges"]} == {plain["status"]} == {"pending"}


def test_a_challenge_is_shown_and_answered(client: AcmeClient) -> None:
    authorization = client.order(name()).json["authorizations"][0]
    challenge = client.post(authorization).json["challenges"][0]
    shown = client.post(challenge["url"])
    assert shown.json == challenge
    assert shown.headers["link"] == f'<{authorization}>;rel="up"'
    assert kind(client.post(challenge["url"], [])) == "malformed"
    answered = client.post(challenge["url"], {})
    assert (answered.status, answered.json["status"]) == (200, "processing")
    assert int(answered.headers["retry-after"]) > 0
    assert client.post(challenge["url"], {"keyAuthorization": "x"}).json == answered.json


def test_what_is_valid_shows_the_challenge_that_has_proved_it(client: AcmeClient) -> None:
    made = client.order(name())
    client.prove(made)
    told = client.post(made.json["authorizations"][0]).json
    [proof] = told["challenges"]
    assert (told["status"], proof["status"]) == ("valid", "valid")
    assert TIME.fullmatch(proof["validated"])


def test_what_is_invalid_shows_why(door: Door, client: AcmeClient) -> None:
    made = client.order(name())
    authorization = made.json["authorizations"][0]
    failed, _, _ = (ident(one["url"]) for one in client.post(authorization).json["challenges"])
    problem = AcmeProblem("connection", "nobody is there")
    with door.ctx.ports.storage.housekeep() as uow:
        kept = uow.acme.authorizations
        kept.move_challenge(failed, (ChallengeState.PENDING,), ChallengeState.INVALID, problem=problem)
        kept.move(ident(authorization), (AuthorizationState.PENDING,), AuthorizationState.INVALID)
    told = client.post(authorization).json
    [shown] = told["challenges"]
    assert (told["status"], shown["status"]) == ("invalid", "invalid")
    assert shown["error"] == {"type": "urn:ietf:params:acme:error:connection", "detail": "nobody is there"}
    order = client.post(made.headers["location"]).json
    assert (order["status"], order["error"]["type"]) == ("invalid", "urn:ietf:params:acme:error:unauthorized")


def ident(url: str) -> UUID:
    return UUID(url.rpartition("/")[2])


def test_an_authorization_is_given_up(client: AcmeClient) -> None:
    authorization = client.order(name()).json["authorizations"][0]
    assert client.post(authorization, {}).json["status"] == "pending"
    assert kind(client.post(authorization, {"status": "valid"})) == "malformed"
    assert client.post(authorization, {"status": "deactivated"}).json["status"] == "deactivated"


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({}, "malformed"),
        ({"identifiers": []}, "malformed"),
        ({"identifiers": "x"}, "malformed"),
        ({"identifiers": ["x"]}, "malformed"),
        ({"identifiers": [{"type": "dns"}]}, "malformed"),
        ({"identifiers": [{"type": "dns", "value": 5}]}, "malformed"),
        ({"identifiers": [{"type": "email", "value": "a@example.com"}]}, "unsupportedIdentifier"),
        ({"identifiers": [{"type": "dns", "value": "a..example.com"}]}, "rejectedIdentifier"),
        ({"identifiers": [{"type": "dns", "value": "10.0.0.1"}]}, "rejectedIdentifier"),
        ({"identifiers": [{"type": "ip", "value": "www.example.com"}]}, "rejectedIdentifier"),
        ({"identifiers": [{"type": "dns", "value": "x.example.com"}], "notBefore": "tomorrow"}, "malformed"),
        ({"identifiers": [{"type": "dns", "value": "x.example.com"}], "notAfter": 5}, "malformed"),
        ({"identifiers": [{"type": "dns", "value": "x.example.com"}], "replaces": "x"}, "malformed"),
        ({"identifiers": [{"type": "dns", "value": "x.example.com"}], "replaces": "AA.AA"}, "malformed"),
        ({"identifiers": [{"type": "dns", "value": "x.example.com"}], "profile": "other"}, "invalidProfile"),
        ({"identifiers": [{"type": "dns", "value": f"{n}.example.com"} for n in range(101)]}, "malformed"),
    ],
)
def test_what_is_no_order_is_refused(client: AcmeClient, payload: object, told: str) -> None:
    assert kind(client.post(client.url("/Issuing%20CA/tls-server/new-order"), payload)) == told


def test_each_name_that_is_none_is_told(client: AcmeClient) -> None:
    reply = client.order("a..example.com", "fine.example.com", "10.0.0.1")
    assert kind(reply) == "rejectedIdentifier"
    assert [one["identifier"]["value"] for one in reply.json["subproblems"]] == ["a..example.com", "10.0.0.1"]


def test_what_the_profile_never_issues_is_rejected_at_once(client: AcmeClient) -> None:
    reply = client.post(
        client.url("/Issuing%20CA/tls-client/new-order"), {"identifiers": [{"type": "ip", "value": "10.0.0.1"}]}
    )
    assert (reply.status, kind(reply)) == (403, "rejectedIdentifier")


@pytest.mark.parametrize(("ca", "profile"), [("nowhere", "tls-server"), ("Issuing%20CA", "nothing"), ("x", "y")])
def test_an_order_of_an_unknown_ca_or_profile_is_refused(client: AcmeClient, ca: str, profile: str) -> None:
    reply = client.order(name(), ca=ca, profile=profile)
    assert (reply.status, kind(reply)) == (404, "malformed")


def test_a_certificate_is_issued_for_what_was_proved(client: AcmeClient) -> None:
    asked = name()
    made = client.order(asked)
    assert kind(client.post(made.json["finalize"], {"csr": csr(asked)})) == "orderNotReady"
    early = client.post(client.url("/certificates/" + made.headers["location"].rpartition("/")[2]))
    assert (early.status, kind(early)) == (403, "orderNotReady")
    client.prove(made)
    assert client.post(made.headers["location"]).json["status"] == "ready"
    done = client.post(made.json["finalize"], {"csr": csr(asked)})
    assert (done.status, done.json["status"], done.headers["location"]) == (200, "valid", made.headers["location"])
    leaf = certificate(client, done)
    assert leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    ) == [asked]


@pytest.mark.parametrize("payload", [{}, {"csr": None}, {"csr": 5}, {"csr": "AA=="}, {"csr": "AAAA"}, {"csr": ""}, []])
def test_what_is_no_request_for_a_certificate_is_refused(client: AcmeClient, payload: object) -> None:
    made = client.order(name())
    client.prove(made)
    assert kind(client.post(made.json["finalize"], payload)) in {"badCSR", "malformed"}
    assert client.post(made.headers["location"]).json["status"] == "ready"


@pytest.mark.parametrize("names", [["{0}", "more.{0}"], ["other.example.com"], ["*.{0}"]])
def test_acm_01_acm_02_a_request_for_other_names_is_a_bad_one(client: AcmeClient, names: list[str]) -> None:
    asked = name()
    made = client.order(asked)
    client.prove(made)
    assert kind(client.post(made.json["finalize"], {"csr": csr(*(one.format(asked) for one in names))})) == "badCSR"


def test_acm_14_what_is_another_accounts_is_not_shown(door: Door, client: AcmeClient) -> None:
    stranger, done = new_client(door), finalized(client, name())
    authorization = done.json["authorizations"][0]
    challenge = client.post(authorization).json["challenges"][0]["url"]
    asked = [
        (done.headers["location"], None), (done.json["certificate"], None), (authorization, None), (challenge, None),
        (authorization, {"status": "deactivated"}), (challenge, {}), (done.json["finalize"], {"csr": csr("a.example")}),
    ]  # fmt: skip
    for url, payload in asked:
        reply = stranger.post(url, payload)
        assert (reply.status, kind(reply)) == (403, "unauthorized"), url


def test_what_is_only_shown_takes_no_payload(client: AcmeClient) -> None:
    done = finalized(client, name())
    for url in (done.headers["location"], done.json["certificate"], f"{client.kid}/orders"):
        assert kind(client.post(url, {})) == "malformed"


def test_who_may_only_submit_waits_for_approval(door: Door) -> None:
    client = new_client(door, role=Role.REQUESTER)
    done = finalized(client, name())
    assert (done.status, done.json["status"]) == (200, "processing")
    assert int(done.headers["retry-after"]) > 0
    assert "certificate" not in done.json


def encoded(leaf: x509.Certificate) -> str:
    return b64(leaf.public_bytes(Encoding.DER))


def revoke(client: AcmeClient, told: str, reason: object = None, **by: Any) -> Reply:
    payload = {"certificate": told} | ({} if reason is None else {"reason": reason})
    return client.post(client.url("/revoke-cert"), payload, **by)


def test_acm_24_a_certificate_is_revoked_once_and_by_nobody_else(door: Door, client: AcmeClient) -> None:
    told = encoded(certificate(client, finalized(client, name())))
    stranger = revoke(new_client(door), told)
    assert (stranger.status, kind(stranger)) == (403, "unauthorized")
    for reason in (2, 6, 7, 8, 9, 10, 99, -1, 1 << 70):
        assert kind(revoke(client, told, reason)) == "badRevocationReason"
    for reason in ("1", 1.5, True, []):
        assert kind(revoke(client, told, reason)) == "malformed"
    done = revoke(client, told, 4)
    assert (done.status, done.body) == (200, b"")
    again = revoke(client, told, 4)
    assert (again.status, kind(again)) == (400, "alreadyRevoked")


@pytest.mark.parametrize("told", ["", "AA", "AA==", 5, None, "A" * 40_000])
def test_acm_24_what_is_no_certificate_is_malformed(client: AcmeClient, told: Any) -> None:
    assert kind(revoke(client, told)) == "malformed"


def test_acm_24_a_certificate_of_other_bytes_is_malformed(client: AcmeClient) -> None:
    leaf = certificate(client, finalized(client, name()))
    good = encoded(leaf)
    forged = good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB")
    assert kind(revoke(client, forged)) == "malformed"


def test_acm_24_the_certificates_own_key_revokes_it(client: AcmeClient) -> None:
    asked, key = name(), new_signer()
    made = client.order(asked)
    client.prove(made)
    done = client.post(made.json["finalize"], {"csr": csr(asked, key=key.key)})
    told = encoded(certificate(client, done))
    url = client.url("/revoke-cert")
    other = client.by_key(url, {"certificate": told}, new_signer())
    assert (other.status, kind(other)) == (403, "unauthorized")
    assert client.by_key(url, {"certificate": told, "reason": 1}, key).status == 200
    assert kind(client.by_key(url, {"certificate": told, "reason": 1}, key)) == "alreadyRevoked"


def certificate_id(leaf: x509.Certificate) -> str:
    issuer = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier or b""
    serial = leaf.serial_number
    return f"{b64(issuer)}.{b64(serial.to_bytes(serial.bit_length() // 8 + 1, 'big'))}"


def test_renewal_information_is_for_everybody(client: AcmeClient) -> None:
    leaf = certificate(client, finalized(client, name()))
    told = client.door.get(f"/acme/renewal-info/{certificate_id(leaf)}")
    window = told.json["suggestedWindow"]
    assert leaf.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ") < window["start"] < window["end"]
    assert window["end"] < leaf.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert int(told.headers["retry-after"]) > 0
    assert "replay-nonce" not in told.headers


@pytest.mark.parametrize(
    "named", ["x", "AA", "AA.", ".AA", "AA.AA", "AA.gA", "AA.AAE", "AA==.AQ", "AA.AQ.AQ", "AA." + "f" * 64]
)
def test_what_names_no_certificate_has_no_renewal_information(door: Door, named: str) -> None:
    reply = door.get(f"/acme/renewal-info/{named}")
    assert (reply.status, kind(reply)) == (400, "malformed")


def test_a_certificate_that_is_not_ours_has_no_renewal_information(door: Door) -> None:
    reply = door.get("/acme/renewal-info/AQID.AQ")
    assert (reply.status, kind(reply)) == (404, "malformed")


def test_an_order_says_what_it_replaces_and_nothing_is_replaced_twice(door: Door, client: AcmeClient) -> None:
    asked = name()
    named = certificate_id(certificate(client, finalized(client, asked)))
    stranger = new_client(door).order(asked, replaces=named)
    assert (stranger.status, kind(stranger)) == (403, "unauthorized")
    assert kind(client.order(name(), replaces=named)) == "malformed"
    made = client.order(asked, replaces=named)
    assert made.status == 201
    assert made.json["replaces"] == client.post(made.headers["location"]).json["replaces"] == named
    again = client.order(asked, replaces=named)
    assert (again.status, kind(again)) == (409, "alreadyReplaced")


GO_ZERO = "0001-01-01T00:00:00Z"


def test_an_order_as_the_step_cli_sends_it_has_no_dates_of_its_own(client: AcmeClient) -> None:
    """Go writes a time that is not set as its zero time, and others with nine digits of a fraction."""
    made = client.order(name(), notBefore=GO_ZERO, notAfter=GO_ZERO)
    assert made.status == 201, made.body
    assert {"notBefore", "notAfter"}.isdisjoint(made.json)
    for zero in ("0001-01-01T00:00:00.000000000Z", "0001-01-01t00:00:00+00:00"):
        assert client.order(name(), notAfter=zero).status == 201


def test_an_order_as_the_step_cli_sends_it_with_an_end_has_that_end(client: AcmeClient) -> None:
    now = client.door.ctx.ports.clock.now()
    end = (now + timedelta(days=1)).astimezone(timezone(timedelta(hours=2)))
    asked = name()
    made = client.order(asked, notBefore=GO_ZERO, notAfter=f"{end:%Y-%m-%dT%H:%M:%S}.987654321+02:00")
    assert made.status == 201, made.body
    assert "notBefore" not in made.json
    assert datetime.fromisoformat(made.json["notAfter"]).replace(microsecond=0) == end.replace(microsecond=0)
    client.prove(made)
    done = client.post(made.json["finalize"], {"csr": csr(asked)})
    assert certificate(client, done).not_valid_after_utc == end.replace(microsecond=0)


def test_a_time_that_is_only_near_the_zero_time_is_refused(client: AcmeClient) -> None:
    for text in ("0001-01-01T00:00:01Z", "0001-01-02T00:00:00Z", "0001-01-01 00:00:00Z"):
        assert client.order(name(), notAfter=text).status == 400


def test_a_challenge_by_a_record_that_stays_names_the_ca_and_has_no_token(door: Door) -> None:
    issuers = ("ca.example", "other.example")
    offering = Door(replace(door.ctx, config=replace(door.ctx.config, acme_persist_issuers=issuers)))
    meta = offering.get("/acme/Issuing%20CA/tls-server/directory", Host="pki.example:8443").json["meta"]
    assert meta == {
        "externalAccountRequired": True,
        "issuerDomainNames": list(issuers),
        "accountHashPrefix": f"{BASE}/acme/account-hash/",
        "keyRotationPeriod": 0,
    }
    client = new_client(offering)
    url = client.order(name()).json["authorizations"][0]
    (challenge,) = (one for one in client.post(url).json["challenges"] if one["type"] == "dns-persist-01")
    assert challenge == {
        "type": "dns-persist-01",
        "url": challenge["url"],
        "status": "pending",
        "issuerDomainNames": list(issuers),
    }
    assert client.post(challenge["url"]).json == challenge
    assert client.post(challenge["url"], {}).json["issuerDomainNames"] == list(issuers)
    off = replace(client, door=door)
    assert "dns-persist-01" not in {one["type"] for one in off.post(url).json["challenges"]}
