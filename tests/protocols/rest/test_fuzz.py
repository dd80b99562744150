"""Whatever JSON comes to whatever operation: an answer below 500, and a problem document when it is a refusal."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.protocols.rest.door import Door
from tests.support.csrs import make_csr

CSR = make_csr("a.example.com")
ID = "01a20d6d-5a00-7d8d-bf4a-d1bd747db496"
TEXT = st.text(max_size=30) | st.sampled_from(
    [
        "Root CA", "Issuing CA", "tls-server", ID, "P1D", "P0D", "-P1D", "CN=a", "CN=", "=", "CN=a+CN=b", "#", "\\",
        "DNS:a.example.com", "DNS:", "IP:1", "IP:::1", "IP:0.0.0.0/0", "IP:10.0.0.1/8", "email:@", "URI:", "auditor",
        "keyCompromise", "certificateHold", "2027-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "CN=\\", CSR,
    ]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PERIOD = st.fixed_dictionaries({}, optional={"not_before": JSON, "not_after": TEXT})
CONSTRAINTS = st.fixed_dictionaries({}, optional={"permitted": st.lists(TEXT, max_size=3), "excluded": JSON})
GOOD = {
    "/cas": {"name": "Fuzz", "subject": "CN=Fuzz", "parent": "Issuing CA"},
    "/certificates": {"ca": "Issuing CA", "profile": "tls-server", "csr": CSR, "sans": ["DNS:a.example.com"]},
    f"/certificates/{ID}/revoke": {"reason": "superseded"},
    "/tokens": {"name": "fuzz", "role": "auditor", "expires": "PT1H"},
}
BAD = {
    "/cas": {
        "name": TEXT, "subject": TEXT, "parent": JSON, "path_length": JSON, "name_constraints": CONSTRAINTS | JSON,
        "validity": PERIOD | JSON, "backend": JSON,
    },
    "/certificates": {
        "ca": TEXT, "profile": TEXT, "csr": TEXT, "subject": TEXT | JSON, "sans": st.lists(TEXT, max_size=4) | JSON,
        "validity": PERIOD | TEXT | JSON,
    },
    f"/certificates/{ID}/revoke": {"reason": TEXT, "invalidity_date": TEXT | JSON},
    "/tokens": {"name": TEXT, "role": TEXT, "expires": TEXT},
}  # fmt: skip


@pytest.mark.parametrize("target", GOOD)
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_body_is_a_fault_of_ours(door: Door, target: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(BAD[target])))
    body = {**GOOD[target], field: data.draw(BAD[target][field])}
    reply = door.post(target, body)
    assert reply.status < 500, (body, reply.body)
    if reply.status >= 400:
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.json["detail"]
    else:
        json.loads(reply.body)
