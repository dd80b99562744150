"""The built web UI as an ASGI application: files with their hash in the name, and one start page.

The build is read once into memory, with its compressed forms. The page has a fresh nonce and a content security policy
without inline scripts, eval, or other origins.
"""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PACKAGE = Path(__file__).resolve().parent.parent
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_COMPRESSED = frozenset(suffix for _, suffix in _ENCODINGS)
_HASHED = "assets/"
_PAGE = "index.html"
_NONCE = b"__CSP_NONCE__"
_NONCE_OCTETS = 18
_FOREVER, _AN_HOUR = "public, max-age=31536000, immutable", "public, max-age=3600"

_RULES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'nonce-{nonce}'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)

_SECURITY: Mapping[str, str] = {
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


_HELLO = """PKI Manager

Web UI       open this address in a browser
REST API     /api/v1, described at /docs
ACME         /acme/{ca}/{profile}/directory
EST          /.well-known/est/{label}/
Health       /healthz, /readyz
"""
"""Response to curl, uptime checks, and other clients that do not request HTML."""


def find_built() -> Path | None:
    """Return the folder of the built web UI, in the installed package or the checkout; None if there is none."""
    for folder in (PACKAGE / "_web", PACKAGE.parent.parent / "web" / "dist"):
        if (folder / _PAGE).is_file():
            return folder
    return None


class Encoded(NamedTuple):
    """The content coding of a file, and its content in that coding."""

    encoding: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Asset:
    """A file of the web UI in several encodings.

    `forms` maps each content coding (RFC 9110 §8.4.1), best first, to the content; `""` is the uncompressed file.
    """

    media_type: str
    forms: Mapping[str, bytes] = field(repr=False)

    def best(self, accepted: str) -> Encoded:
        offered = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
        coding = next((name for name in self.forms if name in offered), "")
        return Encoded(coding, self.forms[coding])


class WebUi:
    """ASGI application that answers GET and HEAD with a file of the build, or with the start page.

    The start page is the response to every path that a browser navigates to. Raises HTTPException for all other
    requests: 404, or 405 for other methods.
    """

    def __init__(self, folder: Path | None) -> None:
        self._assets = {} if folder is None else _read(folder)
        page = self._assets.pop(_PAGE, None)
        self._page = None if page is None else page.forms[""]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._answer(scope["method"], scope["path"].lstrip("/"), Headers(scope=scope))
        await response(scope, receive, send)

    def _answer(self, method: str, path: str, headers: Headers) -> Response:
        if method not in ("GET", "HEAD"):
            raise HTTPException(405 if self._page is not None and _is_page(path) else 404)
        asset = self._assets.get(path)
        if asset is not None:
            return _file(asset, headers.get("accept-encoding", ""), is_hashed=path.startswith(_HASHED))
        if self._page is not None and not path and not _navigates(headers):
            return Response(_HELLO, media_type="text/plain", headers=_SECURITY)
        if self._page is None or not _is_page(path) or not _navigates(headers):
            raise HTTPException(404)
        return self._start(self._page)

    @staticmethod
    def _start(page: bytes) -> Response:
        nonce = secrets.token_urlsafe(_NONCE_OCTETS)
        policy = {"Content-Security-Policy": "; ".join(_RULES).format(nonce=nonce), "Cache-Control": "no-store"}
        return Response(page.replace(_NONCE, nonce.encode()), media_type="text/html", headers={**_SECURITY, **policy})


def _navigates(headers: Headers) -> bool:
    """Return whether the request comes from a browser that opens a page. Other programs get an error instead."""
    return "text/html" in headers.get("accept", "").lower()


def _is_page(path: str) -> bool:
    """Return whether the path can be a page of the UI. Paths of assets and of the protocols cannot."""
    first = path.partition("/")[0]
    return first not in ("api", "assets", "acme", "est", "scep", "cmp", ".well-known") and path.isprintable()


def _file(asset: _Asset, accepted: str, *, is_hashed: bool) -> Response:
    coding, content = asset.best(accepted)
    headers = {**_SECURITY, "Cache-Control": _FOREVER if is_hashed else _AN_HOUR, "Vary": "Accept-Encoding"}
    if coding:
        headers["Content-Encoding"] = coding
    return Response(content, media_type=asset.media_type, headers=headers)


def _read(folder: Path) -> dict[str, _Asset]:
    """Return every file below the folder by its path, with the compressed forms stored beside it."""
    found: dict[str, _Asset] = {}
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.suffix in _COMPRESSED:
            continue
        beside = ((coding, file.with_name(file.name + suffix)) for coding, suffix in _ENCODINGS)
        forms = {coding: other.read_bytes() for coding, other in beside if other.is_file()}
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        found[file.relative_to(folder).as_posix()] = _Asset(media_type, {**forms, "": file.read_bytes()})
    return found
