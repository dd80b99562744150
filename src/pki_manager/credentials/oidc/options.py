"""The options of a client of one provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pki_manager.domain.people.identity import Provider
from pki_manager.ports.outbound import NetworkReach


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """The options of a client. `secret` is called at each use, so that it can change; None for a public client.

    `login_claim` is the claim with a new user's username; `acr_values` is requested if it is not empty.
    """

    about: Provider
    client_id: str
    secret: Callable[[], str] | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    login_claim: str = "preferred_username"
    acr_values: tuple[str, ...] = ()
    reach: NetworkReach
