"""DNS queries to recursive servers: addresses, TXT, and CAA records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pki_manager.domain.acme.proof import CaaRecord
from pki_manager.domain.errors import NameUnresolved
from pki_manager.ports.clock import Clock

if TYPE_CHECKING:
    from dns.rdtypes.ANY.CAA import CAA
    from dns.resolver import Resolver

_UDP_OCTETS = 1232
"""Maximum size of a UDP response in octets, which all networks transport unfragmented. Longer responses use TCP."""

_CRITICAL = 0x80


class Dns:
    """A DNS client. `servers` are pairs of address and port; default: the system's. Thread-safe.

    Aliases are followed. A name that does not exist has no records. Methods raise NameUnresolved if a lookup fails or
    has no complete response in time.
    """

    def __init__(self, *, clock: Clock, servers: Sequence[tuple[str, int]] = ()) -> None:
        self._clock = clock
        self._servers = tuple(servers)

    def addresses(self, host: str, _port: int, seconds: float) -> Sequence[str]:
        """Return the addresses of a host, IPv4 first. Raises NameUnresolved if none are found."""
        end = self._clock.monotonic() + seconds
        found: list[str] = []
        failure = NameUnresolved(f"The host name {host} has no address in DNS.")
        for kind, share in (("A", 2), ("AAAA", 1)):
            try:
                records = self._ask(host, kind, (end - self._clock.monotonic()) / share)
            except NameUnresolved as error:
                failure = error
            else:
                found += [record.address for record in records]
        if not found:
            raise failure
        return found

    def find_txt_records(self, name: str, seconds: float) -> Sequence[bytes]:
        """Return the TXT records of a name, each with its strings joined."""
        return [b"".join(record.strings) for record in self._ask(name, "TXT", seconds)]

    def find_caa_records(self, domain: str, seconds: float) -> Sequence[CaaRecord]:
        """Return the CAA records of the domain, or of the closest parent domain that has any (RFC 8659 §3)."""
        end = self._clock.monotonic() + seconds
        labels = domain.split(".")
        for start in range(len(labels)):
            above = ".".join(labels[start:])
            records = self._ask(above, "CAA", end - self._clock.monotonic())
            if records:
                return [_caa(above, record) for record in records]
        return ()

    def _ask(self, name: str, kind: str, seconds: float) -> Sequence[Any]:
        from dns.exception import DNSException
        from dns.name import from_text
        from dns.resolver import NXDOMAIN, LifetimeTimeout

        try:
            answer = self._resolver().resolve(
                from_text(name), kind, lifetime=max(seconds, 0), raise_on_no_answer=False, search=False
            )
        except NXDOMAIN:
            return ()
        except LifetimeTimeout as error:
            raise NameUnresolved(f"The DNS lookup of {name} timed out.", kind=kind, why=str(error)) from None
        except (DNSException, OSError) as error:
            # The error names the DNS servers of this machine, which the client must not see.
            raise NameUnresolved(f"The DNS lookup of {name} failed.", kind=kind, why=str(error)) from None
        return tuple(answer)

    def _resolver(self) -> Resolver:
        from dns.nameserver import Do53Nameserver
        from dns.resolver import Resolver

        resolver = Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers = [Do53Nameserver(address, port) for address, port in self._servers]
        resolver.use_edns(0, 0, _UDP_OCTETS)
        return resolver


def _caa(domain: str, record: CAA) -> CaaRecord:
    """Return a decoded CAA record. RFC 8659 allows only ASCII; other octets are replaced."""
    tag, value = record.tag.decode("ascii", "replace").lower(), record.value.decode("ascii", "replace")
    return CaaRecord(domain, bool(record.flags & _CRITICAL), tag, value)
