"""Clients of the configured identity providers. They send no request before a user signs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path

from pki_manager.credentials.oidc.client import OidcClient
from pki_manager.credentials.oidc.options import ClientOptions
from pki_manager.domain.errors import HomeUnusable, ProviderUnavailable
from pki_manager.domain.people.identity import IdentityRule, Provider
from pki_manager.ports.clock import Clock
from pki_manager.ports.identity import IdentityProvider
from pki_manager.ports.outbound import NetworkReach, Outbound
from pki_manager.settings.oidc import OidcProvider
from pki_manager.signers.private_file import read_private


def make_providers(
    settings: tuple[OidcProvider, ...], *, outbound: Outbound, clock: Clock
) -> Mapping[str, IdentityProvider]:
    """Return the clients of identity providers, by name."""
    return {one.name: OidcClient(_options(one), outbound=outbound, clock=clock) for one in settings}


def _options(one: OidcProvider) -> ClientOptions:
    return ClientOptions(
        about=_about(one),
        client_id=one.client_id,
        secret=_secret(one),
        scopes=one.scopes,
        login_claim=one.login_claim,
        acr_values=one.second_factor_acr,
        reach=NetworkReach(
            networks=tuple(ip_network(network) for network in one.reachable),
            plain_http=one.is_here,
            ca_file=one.ca_file,
        ),
    )


def _about(one: OidcProvider) -> Provider:
    return Provider(
        name=one.name,
        title=one.title or one.name,
        issuer=one.issuer,
        unknown_users=one.unknown_users,
        rules=tuple(IdentityRule(**dict(rule)) for rule in one.rules),
        second_factor_amr=frozenset(one.second_factor_amr),
        second_factor_acr=frozenset(one.second_factor_acr),
        sign_out=one.sign_out,
    )


def _secret(one: OidcProvider) -> Callable[[], str] | None:
    """Return a function that reads the client secret from its file, or None if the provider has no client secret.

    It reads the file at each use, so a new secret only has to be written to the file.
    """
    if one.client_secret_credential is not None:
        return _reader(one.client_secret_credential, credential=True)
    return None if one.client_secret_file is None else _reader(one.client_secret_file, credential=False)


def _reader(path: Path, *, credential: bool) -> Callable[[], str]:
    def read() -> str:
        try:
            secret = read_private(path, "client secret", credential=credential).decode("ascii").strip()
        except (HomeUnusable, UnicodeDecodeError) as error:
            raise ProviderUnavailable(
                "The client secret for the identity provider cannot be read.", why=str(error)
            ) from error
        if not secret:
            raise ProviderUnavailable("The client secret for the identity provider is empty.", path=str(path))
        return secret

    return read
