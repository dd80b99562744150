"""Building a demo: a new installation with its history."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pki_manager.cli.demo.cast import ORGANIZATION, ROOT, USERS, WEB
from pki_manager.domain.errors import HomeUnusable

if TYPE_CHECKING:
    from pki_manager.settings import Settings

_SETTINGS = """\
# Settings of a demo of PKI Manager. Its history was generated: do not trust its CAs.
management_bind = "127.0.0.1:0"
tls_bind = "127.0.0.1:0"
status_bind = "127.0.0.1:0"
log_level = "error"
"""
_PASSWORD_GROUPS, _GROUP_OCTETS = 4, 3


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that can be served. `password` is that of every user."""

    settings: Settings
    logins: tuple[str, ...]
    password: str = field(repr=False)


def build_demo(home: Path, report: Callable[[str], None], check: Callable[[], None]) -> Demo:
    """Create an installation in an empty directory, with half a year of history that ends now.

    `report` is called with lines of progress, and `check` between two steps; it can raise an error. After an error the
    directory is empty again. Raises HomeUnusable if it was not empty before. Other errors as `initialize`.
    """
    from pki_manager.bootstrap.home import prepare

    require_empty(home)
    prepare(home)
    report(f"Building a demo in {home}. This takes less than a minute.")
    try:
        return _build(home, report, check)
    except BaseException:
        for path in home.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def _build(home: Path, report: Callable[[str], None], check: Callable[[], None]) -> Demo:
    from pki_manager.authority.installation.initialize import FirstHierarchy
    from pki_manager.authority.kernel.demo import mark_as_demo
    from pki_manager.bootstrap import CLOCK, initialize, open_installation
    from pki_manager.cli.demo.history import DAYS, DemoHistory
    from pki_manager.cli.demo.past_clock import PastClock
    from pki_manager.cli.demo.stage import ADMIN, DemoInstallation
    from pki_manager.settings import FILE_NAME, load
    from pki_manager.system import SystemEntropy

    (home / FILE_NAME).write_text(_SETTINGS, encoding="utf-8")
    settings = load(home, {})
    clock, entropy = PastClock(CLOCK, timedelta(days=DAYS)), SystemEntropy()
    start = clock.now()
    password = "-".join(entropy.token(_GROUP_OCTETS).hex() for _ in range(_PASSWORD_GROUPS))
    report(f"Day   0: {ROOT}, {WEB}")
    names = FirstHierarchy(organization=ORGANIZATION, root_name=ROOT, issuing_name=WEB)
    summary = initialize(settings, names, clock=clock)
    with closing(open_installation(settings, slot="worker-1", clock=clock)) as installation:
        check()
        mark_as_demo(installation.ctx)
        stage = DemoInstallation(installation, clock, password)
        stage.welcome(ADMIN, summary.sign_in_url or "")
        DemoHistory(stage).play(start, report, check)
    return Demo(settings, (ADMIN, *(user.login for user in USERS)), password)


def require_empty(home: Path) -> None:
    """Raise HomeUnusable if the directory exists and contains anything."""
    try:
        has_files = home.exists() and any(home.iterdir())
    except OSError as error:
        raise HomeUnusable(f"{home} cannot be used for a demo: {error.strerror}.") from error
    if has_files:
        message = f"{home} is not empty. A demo needs an empty directory, or one that does not exist."
        raise HomeUnusable(message)
