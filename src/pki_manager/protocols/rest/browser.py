"""Browser requests: the session cookie, and proof that a page of this server sent the request."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.domain.errors import CrossSiteRequest
from pki_manager.domain.people.identity import FLOW_MINUTES

CSRF_HEADER = "X-CSRF-Token"
UNATTENDED_HEADER = "X-Unattended"
COOKIE, VISIT_COOKIE = "pkim_session", "pkim_visit"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITE = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Browser:
    """Properties of a browser's request.

    `secure`: the request came over TLS, to this server or to a proxy in front of it. `agent` is the User-Agent header.
    `origin` is the origin of the page, `csrf_token` the token of the session; each is empty without its header. `visit`
    is the cookie of an OpenID Connect flow. `unattended`: the page sent the request without a user action, so it does
    not extend the session.
    """

    secure: bool
    agent: str
    origin: str
    csrf_token: str
    visit: str | None = None
    unattended: bool = False

    @property
    def cookie(self) -> str:
        """Return the name of the session cookie.

        `__Host-` binds it to this host and path, and to TLS (RFC 6265bis §4.1.3.2).
        """
        return _named(COOKIE, secure=self.secure)

    def remember(self, response: Response, signed_in: SignedIn) -> None:
        """Set the session cookie, which the browser keeps until it is closed. The server decides when the session ends.

        With `SameSite=Strict`, links and forms of other sites do not send the cookie. Pages of this server send
        requests themselves.
        """
        secret = signed_in.secret
        response.set_cookie(self.cookie, secret, path="/", secure=self.secure, httponly=True, samesite="strict")

    def forget(self, response: Response) -> None:
        response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="strict")

    def remember_visit(self, response: Response, secret: str) -> None:
        """Set the cookie of an OpenID Connect flow.

        The identity provider returns the browser to a page of this server, which then sends a request itself.
        Therefore, `SameSite=Strict` works.
        """
        name, lasts = _named(VISIT_COOKIE, secure=self.secure), FLOW_MINUTES * 60
        response.set_cookie(name, secret, max_age=lasts, path="/", secure=self.secure, httponly=True, samesite="strict")

    def forget_visit(self, response: Response) -> None:
        name = _named(VISIT_COOKIE, secure=self.secure)
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="strict")


def _named(cookie: str, *, secure: bool) -> str:
    return f"__Host-{cookie}" if secure else cookie


def read_browser(ctx: Context, request: Request) -> Browser:
    """Return the browser properties of a request."""
    public = urlsplit(ctx.config.public_url)
    by_proxy = public.scheme == "https" and request.headers.get("host", "").lower() == public.netloc.lower()
    headers = request.headers
    secure = request.scope["scheme"] == "https" or by_proxy
    return Browser(
        secure=secure,
        agent=headers.get("user-agent", ""),
        origin=headers.get("origin", ""),
        csrf_token=headers.get(CSRF_HEADER, ""),
        unattended=UNATTENDED_HEADER in headers,
        visit=_cookie(request, _named(VISIT_COOKIE, secure=secure)),
    )


def read_session_secret(request: Request, browser: Browser) -> str | None:
    """Return the session secret in the cookie, or None."""
    return _cookie(request, browser.cookie)


def _cookie(request: Request, name: str) -> str | None:
    """Return the value of a cookie. None if it is missing or sent twice."""
    prefix = f"{name}="
    parts = [part.strip() for line in request.headers.getlist("cookie") for part in line.split(";")]
    values = [part.removeprefix(prefix) for part in parts if part.startswith(prefix)]
    return values[0] if len(values) == 1 else None


def require_own_origin(ctx: Context, request: Request) -> None:
    """Raise CrossSiteRequest if the headers of a browser show that another site sent the request.

    Clients that are not browsers send neither `Origin` nor `Sec-Fetch-Site` (Fetch §3.1, Fetch Metadata §2.2).
    """
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in _OWN_SITE:
        raise CrossSiteRequest("The request came from a page of another site.")
    origin = request.headers.get("origin")
    if origin is None:
        return
    own = f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    public = urlsplit(ctx.config.public_url)
    if origin.lower() not in (own.lower(), f"{public.scheme}://{public.netloc}".lower()):
        raise CrossSiteRequest("The request came from a page of another origin.")


def require_csrf_token(signed_in: SignedIn, browser: Browser) -> None:
    """Raise CrossSiteRequest unless the request has the session's CSRF token."""
    if not signed_in.has_csrf_token(browser.csrf_token):
        raise CrossSiteRequest(
            f"The header {CSRF_HEADER} must contain the CSRF token of the session, which `GET /me` returns."
        )
