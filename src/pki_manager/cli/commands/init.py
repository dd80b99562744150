"""`pkim init`: the first run of an installation, with options or questions on a terminal."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias
from urllib.parse import quote

import typer

from pki_manager.cli.first_run import (
    FirstRun,
    build_network_settings,
    find_start_command,
    find_unresolved,
    parse_hosts,
    require_free_ports,
    require_plausible_clock,
)
from pki_manager.cli.machine import find_host_name, list_addresses
from pki_manager.cli.output import Output, warn
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import load_settings
from pki_manager.domain.algorithms import Use, get_key_type, list_signing_key_types
from pki_manager.domain.errors import Conflict, InvalidInput
from pki_manager.policy.status_urls import is_local_url

if TYPE_CHECKING:
    from pki_manager.bootstrap.summary import CaSummary, Summary
    from pki_manager.settings import Settings

_PROFILE = "tls-server"
_LABELS = {"management": "Web UI here", "tls": "Web UI, TLS", "status": "Status", "acme": "ACME directory"}


OrganizationOption: TypeAlias = Annotated[str | None, typer.Option(help="Organization (O) in the subjects of the CAs")]
RootNameOption: TypeAlias = Annotated[
    str | None, typer.Option(help="Name of the root CA. Default: ORGANIZATION Root CA")
]
IssuingNameOption: TypeAlias = Annotated[
    str | None, typer.Option(help="Name of the issuing CA. Default: ORGANIZATION Issuing CA")
]
HostOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Names and addresses of this machine, for example pki.example.com,10.0.0.5. URLs contain the first"
    ),
]
NetworkOption: TypeAlias = Annotated[
    bool | None, typer.Option("--network/--local", help="Service for other machines, or a local trial. Default: local")
]
KeyTypeOption: TypeAlias = Annotated[str | None, typer.Option(help="Key type of both CAs, for example RSA-4096")]
RootKeyTypeOption: TypeAlias = Annotated[str | None, typer.Option(help="Key type of the root CA. Default: ECDSA-P384")]
IssuingKeyTypeOption: TypeAlias = Annotated[
    str | None, typer.Option(help="Key type of the issuing CA. Default: ECDSA-P256")
]
HierarchyOption: TypeAlias = Annotated[
    bool, typer.Option("--hierarchy/--no-hierarchy", help="Both CAs, or none. Default: both")
]
YesOption: TypeAlias = Annotated[bool, typer.Option("--yes", help="Use the defaults and ask nothing")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of the command line. None means not set."""

    organization: str | None
    root_name: str | None
    issuing_name: str | None
    host: str | None
    network: bool | None
    root_key_type: str | None
    issuing_key_type: str | None
    hierarchy: bool

    @property
    def is_plain(self) -> bool:
        """Return whether no option was set that would differ from what `pkim serve` does by itself."""
        chosen = (self.organization, self.root_name, self.issuing_name, self.host, self.network)
        return all(value is None for value in chosen)


def init(
    session: CommandSession,
    organization: OrganizationOption = None,
    root_name: RootNameOption = None,
    issuing_name: IssuingNameOption = None,
    host: HostOption = None,
    network: NetworkOption = None,
    key_type: KeyTypeOption = None,
    root_key_type: RootKeyTypeOption = None,
    issuing_key_type: IssuingKeyTypeOption = None,
    hierarchy: HierarchyOption = True,
    yes: YesOption = False,
) -> None:
    """Create an installation: keys, database, profiles, and the first two CAs.

    On a terminal it asks for what no option sets. Existing parts are kept, so that it can be repeated. With `--network`
    on an existing installation it adds the settings by which other machines reach it.
    """
    options = Options(
        organization=organization,
        root_name=root_name,
        issuing_name=issuing_name,
        host=host,
        network=network,
        root_key_type=root_key_type or key_type,
        issuing_key_type=issuing_key_type or key_type,
        hierarchy=hierarchy,
    )
    summary, messages = _set_up(session, options, yes=yes)
    if session.output is not Output.TABLE:
        session.show({**_document(summary), "warnings": messages})
        return
    print_summary(summary)
    if summary.sign_in_url is not None:
        print(f"Next: {find_start_command(summary.settings.home)}")
        _print_trust(summary)
    elif options.host is not None or options.network:
        print("Restart the server. Then run `pkim status`: it names the CAs to rotate.")


def _set_up(session: CommandSession, options: Options, *, yes: bool) -> tuple[Summary, list[str]]:
    """Set up the installation. Return its summary and the warnings.

    If the output is for people, the warnings are printed before anything is created.
    """
    from pki_manager.bootstrap import home, initialize
    from pki_manager.settings.template import write_settings
    from pki_manager.system import SystemClock

    settings = load_settings(session.connection, may_be_missing=True)
    is_person = session.output is Output.TABLE
    is_new = not home.is_set_up(settings)
    if is_new:
        require_plausible_clock(SystemClock().now())
    is_asking = is_new and not yes and is_person and sys.stdin.isatty() and sys.stdout.isatty()
    run = _check(_ask(options, is_public=settings.is_public) if is_asking else _without_questions(options))
    values = build_network_settings(settings, run.hosts)
    is_chosen = is_asking or yes or not options.is_plain
    messages = _warnings(run) if is_new and is_chosen else []
    if is_new and is_chosen:
        require_free_ports(settings.model_copy(update=values))
    for message in messages if is_person else ():
        warn(message)
    if is_asking:
        _confirm(settings, run, values, hierarchy=options.hierarchy)
    if is_chosen:
        home.prepare(settings.home)
        write_settings(settings.home, values)
        settings = load_settings(session.connection)
    summary = initialize(settings, run.hierarchy if options.hierarchy else None)
    _require_same_names(summary, run, options)
    return summary, messages


def _without_questions(options: Options) -> FirstRun:
    if options.host is not None and options.network is False:
        raise InvalidInput.of("--host", "host.local", "is for --network; with --local, URLs contain localhost")
    hosts: tuple[str, ...] = ()
    if options.network or options.host is not None:
        text = _default_host() if options.host is None else options.host
        if text is None:
            raise InvalidInput.of("--host", "host.needed", "is required: this machine has no address but the loopback")
        hosts = parse_hosts(text)
    return FirstRun(
        hosts=hosts,
        organization=options.organization,
        root_name=options.root_name,
        issuing_name=options.issuing_name,
        root_key_type=options.root_key_type,
        issuing_key_type=options.issuing_key_type,
    )


def _ask(options: Options, *, is_public: bool) -> FirstRun:
    """Return the choices of the first run, after asking for each one that no option makes.

    `is_public`: the settings already choose the network, so that is not asked.
    """
    if options.hierarchy:
        options = _ask_for_cas(options)
    if options.host is None and options.network is None and not is_public:
        question = "Serve other machines on the network? Without it, this is a local trial"
        options = replace(options, network=typer.confirm(question, default=False))
    if options.network and options.host is None:
        print(f"Addresses of this machine: {', '.join(list_addresses()) or 'none'}")
        question = "Host names and addresses for clients, separated by commas (the first is permanent in certificates)"
        options = replace(options, host=_question(question, _default_host()))
    return _without_questions(options)


def _ask_for_cas(options: Options) -> Options:
    organization = options.organization
    if organization is None:
        organization = _question("Organization in the subjects of the CAs (empty for none)", "")
    default = FirstRun(organization=organization).hierarchy
    options = replace(
        options,
        organization=organization or None,
        root_name=options.root_name or _question("Name of the root CA, which clients trust", default.root_name),
        issuing_name=options.issuing_name or _question("Name of the issuing CA below it", default.issuing_name),
    )
    if options.root_key_type is not None or options.issuing_key_type is not None:
        return options
    print(f"Key types: {', '.join(list_signing_key_types(Use.CA))}")
    answer = _question(
        f"Key type of both CAs (default: {default.root_key_type}, {default.issuing_key_type})", "default"
    )
    chosen = None if answer == "default" else answer
    return replace(options, root_key_type=chosen, issuing_key_type=chosen)


def _question(text: str, default: str | None) -> str:
    answer: str = typer.prompt(text, default=default, show_default=bool(default))
    return answer.strip()


def _default_host() -> str | None:
    return find_host_name() or next(iter(list_addresses()), None)


def _check(run: FirstRun) -> FirstRun:
    """Return `run`. Raises InvalidInput if creating the CAs would fail later, when a part already exists."""
    plan = run.hierarchy
    for name, option in ((plan.root_key_type, "--root-key-type"), (plan.issuing_key_type, "--issuing-key-type")):
        get_key_type(name, option)
        if name not in list_signing_key_types(Use.CA):
            raise InvalidInput.of(option, "key_type.use", f"{name!r} cannot sign certificates")
    if plan.root_name == plan.issuing_name:
        raise InvalidInput.of("--issuing-name", "ca.name", f"must not be the name of the root CA, {plan.root_name!r}")
    return run


def _warnings(run: FirstRun) -> list[str]:
    messages = find_unresolved(run.hosts)
    if os.geteuid() == 0:
        messages.append(
            "This runs as root, so the installation belongs to root. To serve it as another user, run `pkim init` as "
            "that user, for example: runuser -u pki-manager -- pkim init"
        )
    return messages


def _confirm(settings: Settings, run: FirstRun, values: dict[str, Any], *, hierarchy: bool) -> None:
    plan = run.hierarchy
    print(f"\nThis will be created in {settings.home}:")
    if hierarchy:
        print(f"  root CA      {plan.subject(plan.root_name)}, {plan.root_key_type}")
        print(f"  issuing CA   {plan.subject(plan.issuing_name)}, {plan.issuing_key_type}")
    print(f"  private keys in key backend {settings.default_key_backend!r}")
    changed = settings.model_copy(update=values)
    print(f"  web UI       {changed.acme_urls[0]}")
    print(f"  status URLs  {changed.status_url} (permanent in certificates)")
    typer.confirm("Create it?", default=True, abort=True)


def _require_same_names(summary: Summary, run: FirstRun, options: Options) -> None:
    chosen = (options.organization, options.root_name, options.issuing_name)
    if summary.is_new or not any(chosen):
        return
    names = tuple(ca and ca.name for ca in (summary.root, summary.issuing))
    if names != (run.hierarchy.root_name, run.hierarchy.issuing_name):
        home = summary.settings.home
        raise Conflict(f"{home} is set up already with other CAs. Create further ones with `pkim ca create`.")


def print_summary(summary: Summary) -> None:
    """Print what exists now, and its URLs."""
    home = summary.settings.home
    print(f"Created the installation in {home}." if summary.is_new else f"{home} is set up already.")
    cas = (ca for ca in (summary.root, summary.issuing) if ca is not None)
    rows = {ca.name: f"SHA-256 {ca.fingerprint_sha256}" for ca in cas}
    rows |= {_LABELS[name]: url for name, url in _urls(summary).items() if url is not None}
    width = max(map(len, rows))
    for name, text in rows.items():
        print(f"  {name:<{width}}  {text}")
    if summary.sign_in_url is not None:
        print(f"Sign in once, within the hour: {summary.sign_in_url}")
        print("If the link has expired, run: pkim user invite admin")


def _print_trust(summary: Summary) -> None:
    root, url = summary.root, summary.settings.status_url
    if root is not None and not is_local_url(url):
        print("Then trust the root on each client, as root:")
        print(f"  pkim trust install --url {url} --fingerprint {root.fingerprint_sha256}")
        print(f"Without pkim, open {url} there, and compare the fingerprint.")


def _document(summary: Summary) -> dict[str, Any]:
    return {
        "root": _ca(summary.root),
        "issuing": _ca(summary.issuing),
        "sign_in_url": summary.sign_in_url,
        "urls": _urls(summary),
        "home": str(summary.settings.home),
        "is_new": summary.is_new,
    }


def _urls(summary: Summary) -> dict[str, str | None]:
    settings, issuing = summary.settings, summary.issuing
    tls = settings.acme_urls[0]
    return {
        "management": settings.bind("management").http_url,
        "tls": tls,
        "status": settings.status_url,
        "acme": None if issuing is None else f"{tls}/acme/{quote(issuing.name)}/{_PROFILE}/directory",
    }


def _ca(ca: CaSummary | None) -> dict[str, str] | None:
    if ca is None:
        return None
    return {"id": str(ca.id), "name": ca.name, "fingerprint_sha256": ca.fingerprint_sha256}
