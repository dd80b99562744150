"""The settings that hosts must share, and the digests that they compare."""

from __future__ import annotations

from pathlib import Path

from pki_manager.bootstrap.config import make_config
from pki_manager.settings import Settings, load
from pki_manager.settings.hosts import HOST_SETTINGS


def digests(home: Path, key: bytes = b"k" * 32, **settings: str) -> dict[str, str]:
    loaded = load(home, {f"PKIM_{name.upper()}": value for name, value in settings.items()})
    return dict(make_config(loaded, "pki-a/worker-1", mac_key=key, nonce_key=b"").shared_settings)


def test_every_setting_of_a_host_exists_and_every_other_one_is_shared(tmp_path: Path) -> None:
    assert set(Settings.model_fields) >= HOST_SETTINGS
    assert set(digests(tmp_path)) == set(Settings.model_fields) - HOST_SETTINGS
    assert {"public_url", "public_status_url", "key_backends", "crl_validity"} <= set(digests(tmp_path))


def test_a_digest_differs_exactly_where_the_setting_does(tmp_path: Path) -> None:
    one = digests(tmp_path)
    other = digests(tmp_path, crl_validity="P3D", public_status_url="http://status.example.com", log_level="debug")
    assert {name for name in one if one[name] != other[name]} == {"crl_validity", "public_status_url"}


def test_a_digest_depends_on_a_key_that_the_database_does_not_have(tmp_path: Path) -> None:
    one, other = digests(tmp_path), digests(tmp_path, key=b"x" * 32)
    assert not set(one.values()) & set(other.values())
