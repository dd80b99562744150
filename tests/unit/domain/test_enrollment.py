"""The one lifecycle of an enrolment, stated literally."""

from itertools import product

import pytest

from pki_manager.domain.enrollment import TRANSITIONS, EnrollmentState, require_transition
from pki_manager.domain.errors import Conflict

STEPS = {
    "received": "validating awaiting_approval ready refused cancelled expired",
    "validating": "awaiting_approval ready refused cancelled expired",
    "awaiting_approval": "ready rejected refused cancelled expired",
    "ready": "issuing awaiting_approval refused rejected cancelled expired",
    "issuing": "issued failed ready",
    "issued": "",
    "refused": "",
    "rejected": "",
    "cancelled": "",
    "expired": "",
    "failed": "",
}


def test_the_table_has_every_state():
    assert set(STEPS) == set(EnrollmentState) == set(TRANSITIONS)


@pytest.mark.parametrize(("before", "after"), list(product(EnrollmentState, EnrollmentState)))
def test_only_the_steps_of_the_table_are_taken(before, after):
    if after in STEPS[before].split():
        require_transition(before, after)
    else:
        with pytest.raises(Conflict, match=f"{before} cannot become {after}"):
            require_transition(before, after)
