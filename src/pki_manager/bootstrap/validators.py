"""Validators of SCEP challenges, from the settings. They send no request before a device does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path

from pki_manager.domain.errors import HomeUnusable, OutboundFailed
from pki_manager.outbound.challenges import IntuneValidator, ValidatorOptions, WebhookValidator
from pki_manager.ports.challenges import ChallengeValidator
from pki_manager.ports.clock import Clock
from pki_manager.ports.outbound import NetworkReach, Outbound
from pki_manager.settings.scep import ScepValidator
from pki_manager.signers.private_file import read_private


def make_validators(
    settings: tuple[ScepValidator, ...], *, outbound: Outbound, clock: Clock
) -> Mapping[str, ChallengeValidator]:
    """Return the validators of SCEP challenges, by name."""
    return {one.name: _make(one, outbound, clock) for one in settings}


def _make(one: ScepValidator, outbound: Outbound, clock: Clock) -> ChallengeValidator:
    options = ValidatorOptions(
        name=one.name,
        url=one.url,
        secret=_reader(one.secret_file),
        reach=NetworkReach(networks=tuple(map(ip_network, one.networks)), ca_file=one.ca_file),
        seconds=one.timeout.total_seconds(),
    )
    if one.token_url is None or one.client_id is None:
        return WebhookValidator(options, outbound=outbound, clock=clock)
    return IntuneValidator(
        options, token_url=one.token_url, client_id=one.client_id, scope=one.scope, outbound=outbound, clock=clock
    )


def _reader(path: Path) -> Callable[[], str]:
    def read() -> str:
        try:
            secret = read_private(path, "secret of the SCEP validator").decode("ascii").strip()
        except (HomeUnusable, UnicodeDecodeError) as error:
            raise OutboundFailed("The secret file of the SCEP validator cannot be read.", why=str(error)) from error
        if not secret:
            raise OutboundFailed("The secret file of the SCEP validator is empty.", path=str(path))
        return secret

    return read
