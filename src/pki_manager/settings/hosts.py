"""The settings of an installation on PostgreSQL with several hosts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pki_manager.settings.types import DatabaseUrlText, KeystoreUrlText, NodeText

HOST_SETTINGS = frozenset(
    {
        *("home", "database_url", "read_database_url", "keystore_url", "node_name", "workers", "log_level"),
        *("management_bind", "tls_bind", "status_bind", "trusted_proxies", "allowed_hosts", "dns_servers"),
        *("max_connections", "max_connections_per_address", "header_timeout", "body_timeout"),
        *("master_key_file", "master_passphrase_file", "master_credential_directory"),
        *("blocked_keys_file", "backup_targets"),
    }
)
"""Settings that can differ between the hosts of an installation. All others must be equal on each host."""

DatabaseUrl = Annotated[
    DatabaseUrlText | None,
    Field(
        repr=False,
        description="URL of a PostgreSQL database, postgresql+psycopg://…. Default: an encrypted SQLCipher file "
        "in the data directory",
    ),
]

KeystoreUrl = Annotated[
    KeystoreUrlText | None,
    Field(
        repr=False,
        description="URL of the embedded keystore: postgresql+psycopg://… for several hosts, or file:///…. "
        "Default: keystore.db in the data directory",
    ),
]

ReadDatabaseUrl = Annotated[
    DatabaseUrlText | None,
    Field(
        repr=False,
        description="URL of a streaming replica of the PostgreSQL database, postgresql+psycopg://…, for lists, "
        "searches, and counts. They are at most 5 s out of date. Default: none, everything is read from database_url",
    ),
]

NodeName = Annotated[
    NodeText | None,
    Field(
        description="Name of this host in the audit log and in the list of hosts. Each host of an installation needs "
        "another one. Default: the host name of the machine",
    ),
]
