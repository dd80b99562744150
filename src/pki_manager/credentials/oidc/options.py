"""What a client of one provider is made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pki_manager.domain.people.identity import Provider
from pki_manager.ports.outbound import NetworkReach


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """`secret` is asked at each use, so that it can be changed; None for a public client.

    `login_claim` names the claim that a new user's login comes from; `acr_values` is asked for where not empty.
    """

    about: Provider
    client_id: str
    secret: Callable[[], str] | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    login_claim: str = "preferred_username"
    acr_values: tuple[str, ...] = ()
    reach: NetworkReach
