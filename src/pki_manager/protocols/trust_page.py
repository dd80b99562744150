"""The trust page of the status listener: the root certificates, their fingerprints, and how to trust them.

One HTML page without scripts and without other files, rendered from what is published. It needs no sign-in.
"""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Iterator
from hashlib import sha256
from html import escape

import segno

from pki_manager.domain.errors import StorageUnavailable
from pki_manager.domain.trust.anchors import TRUST_LIST, AnchorUse, TrustAnchor, TrustList
from pki_manager.domain.trust.fingerprint import format_groups, format_words
from pki_manager.ports.publish import PublishedStore
from pki_manager.protocols.asgi import Reply, build_not_allowed, build_reply, build_text_reply
from pki_manager.protocols.trust_steps import list_steps

_STYLE = """
:root { color-scheme: light dark; --line: #8888; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
body { background: Canvas; color: CanvasText; }
a { color: inherit; }
h1, h2 { line-height: 1.2; }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: .5rem; }
pre { overflow-x: auto; border: 1px solid var(--line); border-radius: .25rem; padding: .5rem; }
code.print { display: block; font-size: 1.15rem; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .5rem 0; font-weight: 600; }
ul.files { padding: 0; display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; }
ul.files a { display: block; border: 1px solid var(--line); border-radius: .25rem; padding: .5rem .75rem; }
svg { max-width: 12rem; height: auto; background: #fff; }
dt { font-weight: 600; margin-top: .5rem; }
dd { margin: 0; overflow-wrap: anywhere; }
"""
_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode("ascii")

POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Content security policy of the page: only the style of the page itself is allowed."""

_HTML = b"text/html; charset=utf-8"
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)
_READ_ONLY = build_not_allowed("GET", "HEAD")
_NO_ROOT = build_text_reply(404, "This installation has no root certificate yet.")
_UNAVAILABLE = build_text_reply(503, "not available now", (b"retry-after", b"5"))
_WARNING = (
    "<p><strong>Compare the fingerprint first.</strong> This page is not encrypted, so that a device can open it "
    "before it trusts the CA. Continue only if the fingerprint is the one that your administrator gave you, "
    "for example by phone or on paper.</p>"
)
_USES = {
    AnchorUse.CURRENT: "",
    AnchorUse.NEXT: "New certificates lead to this root after the next key rotation. Install it before.",
    AnchorUse.PREVIOUS: "Certificates from before the last key rotation lead to this root.",
}


class TrustPage:
    """The page `/`, rendered once and kept until the published store changes."""

    def __init__(self, store: PublishedStore) -> None:
        self._store = store
        self._page: Reply | None = None
        self._epoch = 0

    def forget(self) -> None:
        """Discard the rendered page, after the published store has changed."""
        self._page = None
        self._epoch += 1

    async def reply(self, method: str) -> Reply:
        """Return the page; 404 if there is no root yet, 503 while the published store cannot be read."""
        if method not in ("GET", "HEAD"):
            return _READ_ONLY
        if self._page is not None:
            return self._page
        epoch = self._epoch
        try:
            page = await asyncio.to_thread(self._build)
        except StorageUnavailable:
            return _UNAVAILABLE
        if epoch == self._epoch:
            self._page = page
        return page

    def _build(self) -> Reply:
        found = self._store.find_object(TRUST_LIST)
        roots = None if found is None else TrustList.decode(found.body)
        if roots is None or not roots.anchors:
            return _NO_ROOT
        body = render_trust_page(roots).encode()
        etag = b'"%s"' % sha256(body).hexdigest()[:32].encode()
        return build_reply(200, _HTML, body, *_HEADERS, etag=etag)


def render_trust_page(roots: TrustList) -> str:
    """Return the page as HTML. It has instructions for the first root, and fingerprints and files for the others."""
    first, *others = roots.anchors
    title = escape(f"Trust {first.name}")
    parts = [
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>',
        f"<h1>{title}</h1>",
        "<p>Install this root certificate on each device that connects to servers with certificates of this CA.</p>",
        _WARNING,
        *_root(first, "/root"),
        *_qr_code(roots.url),
        "<section><h2>Install</h2>",
        *_instructions(roots.url, first),
        "</section>",
        *_others(others),
        "</main></body></html>",
    ]
    return "\n".join(parts)


def _root(anchor: TrustAnchor, path: str) -> Iterator[str]:
    if _USES[anchor.use]:
        yield f"<p>{_USES[anchor.use]}</p>"
    yield "<dl><dt>SHA-256 fingerprint</dt>"
    yield f'<dd><code class="print">{format_groups(anchor.fingerprint)}</code></dd>'
    yield "<dt>The same fingerprint in words, to read aloud</dt>"
    yield f'<dd><code class="print">{format_words(anchor.fingerprint)}</code></dd>'
    yield f"<dt>Subject</dt><dd>{escape(anchor.subject)}</dd>"
    yield f"<dt>Valid</dt><dd>{anchor.not_before:%Y-%m-%d} to {anchor.not_after:%Y-%m-%d}</dd></dl>"
    yield '<ul class="files">'
    for ending, label in ((".pem", "PEM"), (".cer", "DER"), (".mobileconfig", "Apple profile")):
        yield f'<li><a href="{path}{ending}" download>Download {label}</a></li>'
    yield "</ul>"


def _qr_code(url: str) -> Iterator[str]:
    written = io.BytesIO()
    segno.make(url, error="m").save(
        written, kind="svg", scale=4, xmldecl=False, svgclass=None, lineclass=None, title=f"QR code of {url}"
    )
    svg = written.getvalue().decode().replace("<svg ", '<svg role="img" ', 1)
    yield f"<section><h2>On a phone</h2><p>Scan this code to open {escape(url)} there.</p>{svg}</section>"


def _instructions(url: str, anchor: TrustAnchor) -> Iterator[str]:
    for step in list_steps(url, anchor.fingerprint):
        yield f"<details><summary>{escape(step.system)}</summary>"
        for paragraph in step.text:
            yield f"<p>{escape(paragraph)}</p>"
        if step.commands:
            yield f'<pre tabindex="0">{escape(step.commands)}</pre>'
        yield "</details>"


def _others(anchors: list[TrustAnchor]) -> Iterator[str]:
    if not anchors:
        return
    yield "<section><h2>Other roots</h2>"
    yield "<p>Install another root only if your administrator names it. Compare its fingerprint in the same way.</p>"
    for anchor in anchors:
        yield f"<details><summary>{escape(anchor.name)} ({anchor.use.value})</summary>"
        yield from _root(anchor, f"/roots/{anchor.fingerprint.hex()}")
        yield "</details>"
    yield "</section>"
