"""Every table and column is in a backup, or is left out for a reason that the code states."""

from __future__ import annotations

from pki_manager.storage.backup_scope import SCOPE, Kept
from pki_manager.storage.rows import list_kept_tables
from pki_manager.storage.tables.columns import metadata


def test_ops_01_every_table_and_column_is_decided() -> None:
    assert set(SCOPE) == set(metadata.tables)
    for name, rule in SCOPE.items():
        columns = [column.name for column in metadata.tables[name].columns]
        if isinstance(rule, Kept):
            assert sorted(rule.columns) == sorted(columns), name
        else:
            assert len(rule.reason) > 20, name


def test_a_table_that_is_left_out_is_not_referred_to() -> None:
    kept = list_kept_tables()
    for name in kept:
        for key in metadata.tables[name].foreign_keys:
            assert key.column.table.name in kept, name
