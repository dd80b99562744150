"""Real ACME clients against the real server: each registers, proves names, renews and revokes in its own way."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from acme import challenges, client, crypto_util, errors, messages, standalone
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from josepy.jwa import ES256
from josepy.jwk import JWKEC, JWKRSA

from tests.judges.services import require
from tests.services.acme_site import Binding, Site, acme_site, dns_hook, forgetful, script, served, webroot
from tests.services.installation import free_port


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with acme_site(tmp_path_factory.mktemp("acme")) as one:
        yield one


def was_renewed(before: x509.Certificate, after: x509.Certificate) -> bool:
    return before.serial_number != after.serial_number and before.subject == after.subject


def certbot_command(site: Site, folder: Path) -> list[str | Path]:
    return [
        require("certbot"), "--config-dir", folder, "--work-dir", folder / "work", "--logs-dir", folder / "logs",
        "--non-interactive", "--server", site.directory(),
    ]  # fmt: skip


def bound(key: Binding) -> list[str | Path]:
    return ["--agree-tos", "-m", "admin@example.com", "--eab-kid", key.key_id, "--eab-hmac-key", key.hmac_key]


def certbot(site: Site, name: str) -> None:
    """Registers, issues, renews, revokes, and ends its account."""
    site.resolves(name, f"www.{name}")
    command = certbot_command(site, site.folder / "certbot")
    proof = ["--standalone", "--http-01-address", "127.0.0.1", "--http-01-port", str(site.http_port)]
    site.run(*command, "certonly", *proof, *bound(site.binding("certbot")), "-d", name, "-d", f"www.{name}")
    chain = site.folder / "certbot" / "live" / name / "fullchain.pem"
    first = site.judged(chain, f"www.{name}")
    site.run(*command, "renew", *proof, "--force-renewal", "--no-random-sleep-on-renew")
    second = site.judged(chain, name)
    assert was_renewed(first, second)
    assert site.becomes(second, "good")
    site.run(*command, "revoke", "--cert-name", name, "--reason", "keycompromise", "--no-delete-after-revoke")
    assert site.becomes(second, "revoked")
    assert site.status(first) == "good"
    site.run(*command, "unregister")


def test_certbot_issues_renews_and_revokes(site: Site) -> None:
    certbot(site, "certbot.example.com")


def test_certbot_without_a_binding_is_told_what_is_missing(site: Site) -> None:
    command = certbot_command(site, site.folder / "unbound")
    said = site.run(*command, "register", "--agree-tos", "-m", "admin@example.com", expect=1)
    assert "external account binding" in said.lower()


def test_certbot_proves_a_wildcard_by_dns(site: Site) -> None:
    name, folder = "wild.example.com", site.folder / "certbot-dns"
    with dns_hook(site) as publish:
        hook = script(site.folder / "hook", f'{publish} "_acme-challenge.$CERTBOT_DOMAIN" "$CERTBOT_VALIDATION"')
        proof = ["--manual", "--manual-auth-hook", hook, "--preferred-challenges", "dns"]
        account = bound(site.binding("certbot by DNS"))
        site.run(*certbot_command(site, folder), "certonly", *proof, *account, "-d", f"*.{name}", "-d", name)
    site.judged(folder / "live" / name / "fullchain.pem", f"anything.{name}")


def lego(site: Site, way: str, name: str) -> None:
    """Registers, issues, renews and revokes by one kind of challenge."""
    key, folder = site.binding("lego"), site.folder / f"lego-{way}"
    site.resolves(name)
    common = [
        require("lego"), "--path", folder, "--server", site.directory(), "--accept-tos", "--email", "admin@example.com",
        "--eab", "--kid", key.key_id, "--hmac", key.hmac_key, "--domains", name,
    ]  # fmt: skip
    proof = {
        "http": ["--http", "--http.port", f"127.0.0.1:{site.http_port}"],
        "tls": ["--tls", "--tls.port", f"127.0.0.1:{site.tls_port}"],
        "dns": ["--dns", "exec", "--dns.disable-cp", "--dns.resolvers", site.dns.address],
    }[way]
    chain = folder / "certificates" / f"{name}.crt"
    with dns_hook(site) as publish:
        hook = script(site.folder / "lego-hook", f'if [ "$1" = present ]; then {publish} "$2" "$3"; fi')
        site.run(*common, *proof, "run", EXEC_PATH=str(hook))
        first = site.judged(chain, name)
        site.run(*common, *proof, "renew", "--days", "9999", "--no-random-sleep", EXEC_PATH=str(hook))
    second = site.judged(chain, name)
    assert was_renewed(first, second)
    site.run(*common, "revoke", "--reason", "4")
    assert site.becomes(second, "revoked")
    assert site.status(first) == "good"


@pytest.mark.parametrize("way", ["http", "tls", "dns"])
def test_lego_issues_renews_and_revokes_by_every_challenge(site: Site, way: str) -> None:
    lego(site, way, f"{way}.lego.example.com")


def test_lego_gets_a_certificate_with_a_pre_authorized_key_while_nothing_answers_challenges(site: Site) -> None:
    name, folder = "internal.trusted.example.com", site.folder / "lego-trusted"  # no DNS records, and no solver runs
    key = site.server.installation.json(
        *("credential", "create", "--protocol", "acme", "--name", "trusted", "--expires", "P1D"),
        *("--ca", "Issuing CA", "--profile", "tls-server", "--name-pattern", "DNS:trusted.example.com"),
        "--pre-authorized",
    )

    def issue(domain: str, **options: int) -> str:
        return site.run(
            *(require("lego"), "--path", folder, "--server", site.directory(), "--accept-tos"),
            *("--email", "admin@example.com", "--eab", "--kid", key["kid"], "--hmac", key["hmac_key"]),
            *("--domains", domain, "--http", "--http.port", f"127.0.0.1:{site.http_port}", "run"),
            **options,
        )

    issue(name)
    leaf = site.judged(folder / "certificates" / f"{name}.crt", name)
    assert site.becomes(leaf, "good")
    assert "certificate:issue" in issue("other.example.com", expect=1)


@pytest.mark.parametrize("kind", ["RSA", "EC"])
def test_uacme_issues_renews_and_revokes(site: Site, kind: str) -> None:
    """It finds its trust anchors nowhere but in the system's: here it is sent to the listener of this machine alone."""
    name, key, folder = f"{kind.lower()}.uacme.example.com", site.binding("uacme"), site.folder / f"uacme-{kind}"
    site.resolves(name)
    common = [
        require("uacme"), "--verbose", "--yes", "--acme-url", site.directory(over_tls=False), "--confdir", folder,
        "--type", kind, "--eab", f"{key.key_id}:{key.hmac_key}",
    ]  # fmt: skip
    with webroot(site) as challenges:
        hook = script(
            site.folder / "uacme-hook",
            f'[ "$2" = http-01 ] || exit 1\n'
            f'case "$1" in begin) printf %s "$5" > "{challenges}/$4";; *) rm -f "{challenges}/$4";; esac',
        )
        site.run(*common, "new", "admin@example.com")
        site.run(*common, "--hook", hook, "issue", name)
        chain = folder / name / "cert.pem"
        first = site.judged(chain, name)
        site.run(*common, "--hook", hook, "--force", "issue", name)
        second = site.judged(chain, name)
        assert was_renewed(first, second)
        site.run(*common, "newkey")
        site.run(*common, "revoke", chain)
        assert site.becomes(second, "revoked")
        assert site.status(first) == "good"
        site.run(*common, "deactivate")


def dehydrated(site: Site, folder: Path, *command: str | Path, expect: int = 0, **settings: str) -> str:
    folder.mkdir(exist_ok=True)
    told = {"CA": site.directory(), "BASEDIR": str(folder), "CONTACT_EMAIL": "admin@example.com", **settings}
    config = folder / "config"
    config.write_text("".join(f'{name}="{value}"\n' for name, value in told.items()))
    return site.run(require("dehydrated"), "--config", config, *command, expect=expect)


def test_dehydrated_issues_renews_and_revokes(site: Site) -> None:
    name, key, folder = "dehydrated.example.com", site.binding("dehydrated"), site.folder / "dehydrated"
    site.resolves(name)
    with webroot(site) as challenges:
        settings = {"WELLKNOWN": str(challenges), "EAB_KID": key.key_id, "EAB_HMAC_KEY": key.hmac_key}
        dehydrated(site, folder, "--register", "--accept-terms", **settings)
        dehydrated(site, folder, "--cron", "--domain", name, **settings)
        chain = folder / "certs" / name / "fullchain.pem"
        first = site.judged(chain, name)
        dehydrated(site, folder, "--cron", "--force", "--domain", name, **settings)
        second = site.judged(chain, name)
        assert was_renewed(first, second)
        dehydrated(site, folder, "--revoke", folder / "certs" / name / "cert.pem", **settings)
        assert site.becomes(second, "revoked")
        assert site.status(first) == "good"
        dehydrated(site, folder, "--deactivate", **settings)


def test_dehydrated_without_a_binding_is_told_what_is_missing(site: Site) -> None:
    said = dehydrated(site, site.folder / "dehydrated-unbound", "--register", "--accept-terms", expect=1)
    assert "requires an external account" in said


def test_caddy_serves_with_a_certificate_that_it_has_got_itself(site: Site) -> None:
    name, key = "caddy.example.com", site.binding("Caddy")
    site.resolves(name)
    folder = site.folder / "caddy"
    folder.mkdir()
    (folder / "Caddyfile").write_text(
        f"""{{
            admin off
            http_port {site.http_port}
            https_port {site.tls_port}
            default_bind 127.0.0.1
            email admin@example.com
            storage file_system {folder}
            acme_ca {site.directory()}
            acme_ca_root {site.root}
            acme_eab {{
                key_id {key.key_id}
                mac_key {key.hmac_key}
            }}
        }}
        {name} {{
            respond "hello"
        }}
        """
    )
    command = [require("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env={"PATH": "/usr/bin", "HOME": str(folder)})
    try:
        assert fetched(site, name) == "hello", (folder / "log").read_text()
    finally:
        server.terminate()
        server.wait(timeout=20)
    [chain] = folder.rglob(f"{name}.crt")
    assert site.becomes(site.judged(chain, name), "good")


def fetched(site: Site, name: str) -> str:
    """What is at `https://name/`, once somebody answers there whom our root vouches for."""
    told = ["curl", "--silent", "--retry", "60", "--retry-all-errors", "--retry-delay", "1", "--cacert", site.root]
    at = ["--resolve", f"{name}:{site.tls_port}:127.0.0.1", f"https://{name}:{site.tls_port}/"]
    return site.run(*told, *at).strip()


class Tiny:
    """acme-tiny, which knows no bindings, with a key for its account in a file."""

    def __init__(self, site: Site, name: str) -> None:
        site.resolves(name)
        self._site, self._name = site, name
        self.account = site.folder / f"{name}.key"
        self._request = site.folder / f"{name}.csr"
        site.run("openssl", "genrsa", "-out", self.account, "2048")
        site.run(
            "openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", site.folder / f"{name}.tls.key",
            "-subj", "/", "-addext", f"subjectAltName=DNS:{name}", "-out", self._request,
        )  # fmt: skip

    def run(self, *, expect: int = 0) -> str:
        """What it says: the chain, where all is well."""
        with webroot(self._site) as challenges:
            return self._site.run(
                require("acme-tiny"), "--account-key", self.account, "--csr", self._request, "--acme-dir", challenges,
                "--disable-check", "--quiet", "--directory-url", self._site.directory(), expect=expect,
            )  # fmt: skip

    def issue(self) -> x509.Certificate:
        chain = self._site.folder / f"{self._name}.crt"
        chain.write_text(self.run())
        return self._site.judged(chain, self._name)


def test_acme_tiny_works_with_an_account_that_another_client_has_bound(site: Site) -> None:
    """Before that it is told in our words what is missing."""
    tiny = Tiny(site, "tiny.example.com")
    said = tiny.run(expect=1)
    assert "externalAccountRequired" in said
    assert "external account key" in said
    Library(site, tiny.account).register(site.binding("acme-tiny"))
    tiny.issue()


class Library:
    """The `acme` library, with an account key of its own or the one in a file."""

    def __init__(self, site: Site, key: Path | None = None, directory: str = "") -> None:
        self._site = site
        made = load_pem_private_key(key.read_bytes(), None) if key else rsa.generate_private_key(65537, 2048)
        self._key = JWKRSA(key=made)
        self.net = client.ClientNetwork(self._key, verify_ssl=str(site.root))
        found = client.ClientV2.get_directory(directory or site.directory(), self.net)
        self.client = client.ClientV2(found, self.net)

    def register(self, key: Binding) -> messages.RegistrationResource:
        bound = messages.ExternalAccountBinding.from_data(
            self._key.public_key(), key.key_id, key.hmac_key, self.client.directory
        )
        wanted = messages.NewRegistration.from_data(email="admin@example.com", external_account_binding=bound)
        return self.client.new_account(wanted)

    def issue(self, key: bytes, *names: str, addresses: Sequence[str] = ()) -> messages.OrderResource:
        """By http-01, from its own server."""
        numbers = [ip_address(address) for address in addresses]
        order = self.client.new_order(crypto_util.make_csr(key, domains=list(names), ipaddrs=numbers))
        answers, resources = [], set()
        for authorization in order.authorizations:
            [found] = [one for one in authorization.body.challenges if isinstance(one.chall, challenges.HTTP01)]
            response, validation = found.response_and_validation(self._key)
            answers.append((found, response))
            resources.add(standalone.HTTP01RequestHandler.HTTP01Resource(found.chall, response, validation))
        with served(standalone.HTTP01Server(("127.0.0.1", self._site.http_port), resources)):
            for challenge, response in answers:
                self.client.answer_challenge(challenge, response)
            return self.client.poll_and_finalize(order)


def private_key() -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_the_acme_library_goes_through_an_accounts_whole_life(site: Site) -> None:
    """Names and addresses, renewal information, revocation by the account and by the certificate's key."""
    name, library = "library.example.com", Library(site)
    site.resolves(name)
    assert library.client.external_account_required()
    account = library.register(site.binding("library"))
    key, pem = private_key()
    first = library.issue(pem, name, addresses=["127.0.0.1"])
    second = library.issue(pem, name)
    chain = site.folder / "library.pem"
    chain.write_text(first.fullchain_pem)
    leaves = [site.judged(chain, name)]
    names = leaves[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("127.0.0.1")]
    chain.write_text(second.fullchain_pem)
    leaves.append(site.judged(chain, name))
    renewal, _ = library.client.renewal_time(second.fullchain_pem.encode())
    assert renewal is not None
    assert leaves[1].not_valid_before_utc < renewal < leaves[1].not_valid_after_utc
    library.client.revoke(leaves[0], 1)
    with pytest.raises(messages.Error, match="alreadyRevoked"):
        library.client.revoke(leaves[0], 1)
    holder = Library(site)
    holder.net.key, holder.net.alg = JWKEC(key=key), ES256
    holder.client.revoke(leaves[1], 1)
    assert all(site.becomes(leaf, "revoked") for leaf in leaves)
    changed = library.client.update_registration(account, account.body.update(contact=("mailto:b@example.com",)))
    assert changed.body.contact == ("mailto:b@example.com",)
    assert library.client.deactivate_registration(account).body.status == "deactivated"
    with pytest.raises(messages.Error, match="unauthorized"):
        library.issue(pem, name)


def test_a_name_that_leads_elsewhere_is_told_to_be_the_reason(site: Site) -> None:
    library = Library(site)
    library.register(site.binding("astray"))
    with pytest.raises(errors.ValidationError) as refused:
        library.issue(private_key()[1], "astray.example.com")
    [failed] = refused.value.failed_authzrs
    told = [one.error for one in failed.body.challenges if one.error is not None]
    assert [one.code for one in told] == ["dns"]


@pytest.fixture(scope="module")
def forgetting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, list[str]]]:
    """Behind something that says `badNonce` to each third request, and what it has said it to."""
    port = free_port()
    settings = {"PKIM_PUBLIC_URL": f"http://localhost:{port}"}
    with (
        acme_site(tmp_path_factory.mktemp("forgetting"), settings) as site,
        forgetful(port, site.server.management) as to,
    ):
        yield replace(site, base=settings["PKIM_PUBLIC_URL"]), to


def test_acm_27_certbot_finishes_where_nonces_are_forgotten(forgetting: tuple[Site, list[str]]) -> None:
    site, refused = forgetting
    before = len(refused)
    certbot(site, "forgotten.example.com")
    assert len(refused) > before + 1
    assert all(path.startswith("/acme/") for path in refused)


def test_acm_27_lego_finishes_where_nonces_are_forgotten(forgetting: tuple[Site, list[str]]) -> None:
    site, refused = forgetting
    before = len(refused)
    lego(site, "http", "lego.example.org")
    assert len(refused) > before + 1


def test_acm_27_acme_tiny_comes_without_a_binding_where_a_key_is_open(forgetting: tuple[Site, list[str]]) -> None:
    site, refused = forgetting
    before = len(refused)
    tiny = Tiny(site, "tiny.example.org")
    site.server.installation.run("acme", "eab", "create", "--name", "open", "--expires", "P1D", "--open")
    assert site.becomes(tiny.issue(), "good")
    assert len(refused) > before + 1
