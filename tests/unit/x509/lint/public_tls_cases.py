"""Certificates that each rule of the public web accepts and must refuse."""

from __future__ import annotations

from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.cases import Case, case
from tests.unit.x509.lint.objects import LEAF, Cert


def lives(begin: str, end: str) -> Cert:
    return LEAF.but(not_before=o.utc(begin), not_after=o.utc(end))


CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"

PUBLIC_TLS: dict[str, Case] = {
    "validity_limit": case(
        lives("260101000000Z", "270202235959Z"),
        lives("260101000000Z", "270203000000Z"),
        lives("260315000000Z", "261001000000Z"),
        lives("270315000000Z", "270623000000Z"),
        lives("290315000000Z", "290501000000Z"),
        also=(
            lives("260315000000Z", "260930235959Z"),
            lives("270315000000Z", "270622235959Z"),
            lives("290315000000Z", "290430235959Z"),
            lives("260315000000Z", "2609300000Z"),
        ),
    ),
    "purposes": case(
        LEAF,
        LEAF.but(purposes=None),
        LEAF.but(purposes=o.purposes(CLIENT_AUTH)),
        LEAF.but(purposes=o.purposes(o.SERVER_AUTH, "1.3.6.1.5.5.7.3.4")),
        also=(LEAF.but(purposes=o.purposes(o.SERVER_AUTH, CLIENT_AUTH)),),
    ),
    "names": case(LEAF, LEAF.but(san=None), LEAF.but(san=o.san((o.DNS, "a.example"), (o.EMAIL, "a@a.example")))),
    "common_name": case(
        LEAF,
        LEAF.but(subject=o.common_name("other.example")),
        LEAF.but(subject=o.common_name("server")),
        LEAF.but(subject=o.name(("2.5.4.3", "www.example.com"), ("2.5.4.3", "www.example.com"))),
        also=(LEAF.but(subject=o.common_name("10.0.0.1")), LEAF.but(subject=o.common_name("WWW.example.com"))),
    ),
    "key_usage": case(
        LEAF,
        LEAF.but(usage=None),
        LEAF.but(usage=o.key_usage(0, 1)),
        LEAF.but(usage=o.key_usage(0, 2)),
        also=(LEAF.but(usage=o.key_usage(0, 2), key=o.RSA_2048),),
    ),
    "status_pointer": case(
        LEAF,
        LEAF.but(cdp=None, aia=None),
        also=(
            LEAF.but(cdp=None),
            LEAF.but(aia=None),
            LEAF.but(cdp=None, aia=None, not_after=o.utc("260110000000Z")),
        ),
    ),
}
