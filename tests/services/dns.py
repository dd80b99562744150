"""A DNS server on the loopback, over UDP and TCP, that answers what a test has put there."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

TTL = 0


@dataclass
class DnsServer:
    """Records by name and type, as in a zone file: `records["www.example.com", "A"] = ["192.0.2.1"]`.

    A CNAME is followed. A name without any record, and without a name below it, does not exist. `then` takes the
    place of records when they have been told once; names in `broken` get SERVFAIL, those in `silent` no answer, those
    in `garbled` octets that are no DNS. `asked` are the questions, in order.
    """

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    then: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    garbled: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def server(self) -> tuple[str, int]:
        return self.host, self.port

    @property
    def address(self) -> str:
        """As the setting `dns_servers` has it."""
        return f"{self.host}:{self.port}"

    def answer(self, octets: bytes, *, limit: int | None) -> bytes | None:
        """`limit`: what goes into one datagram; what is longer is cut, with a sign that it is."""
        query = dns.message.from_wire(octets)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        if name in self.garbled:
            return octets[:2] + b"\x84\x00" + b"\xff" * 20
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name in self.broken:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response.to_wire()
        self._fill(response, name, kind)
        wire = response.to_wire(max_size=65535)
        if limit is None or len(wire) <= limit:
            return wire
        response.answer.clear()
        response.flags |= dns.flags.TC
        return response.to_wire()

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        for _ in range(20):
            if not self._exists(name):
                response.set_rcode(dns.rcode.NXDOMAIN)
                return
            alias = self.records.get((name, "CNAME"))
            for one, found in ((kind, self.records.get((name, kind))), ("CNAME", alias)):
                if found:
                    response.answer.append(dns.rrset.from_text_list(f"{name}.", TTL, "IN", one, found))
            if (name, kind) in self.then:
                self.records[name, kind] = self.then.pop((name, kind))
            if alias is None:
                return
            name = alias[0].rstrip(".")

    def _exists(self, name: str) -> bool:
        return any(known == name or known.endswith(f".{name}") for known, _ in self.records)


@contextmanager
def dns_server(host: str = "127.0.0.1", port: int = 0) -> Iterator[DnsServer]:
    """Serve until the block ends, at that address; port 0 is any free one."""
    told = DnsServer(host=host)

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            octets, socket = self.request
            answer = told.answer(octets, limit=1232)
            if answer is not None:
                socket.sendto(answer, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        timeout = 20

        def handle(self) -> None:
            (length,) = struct.unpack("!H", self.rfile.read(2))
            answer = told.answer(self.rfile.read(length), limit=None)
            if answer is not None:
                self.wfile.write(struct.pack("!H", len(answer)) + answer)

    with _both(Udp, Tcp, (host, port)) as free:
        told.port = free
        yield told


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def _both(
    udp: type[socketserver.BaseRequestHandler], tcp: type[socketserver.BaseRequestHandler], at: tuple[str, int]
) -> Iterator[int]:
    """A port that is free for both."""
    for _ in range(20):
        over_tcp = _TcpServer(at, tcp)
        try:
            over_udp = _UdpServer((at[0], over_tcp.server_address[1]), udp)
            break
        except OSError:
            over_tcp.server_close()
    servers = (over_udp, over_tcp)
    threads = [threading.Thread(target=one.serve_forever, args=(0.02,), daemon=True) for one in servers]
    for thread in threads:
        thread.start()
    try:
        yield over_tcp.server_address[1]
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()
