"""Replacement of the master key in a key file, safe against a crash at any moment.

The new key is written beside the old one, the keystore is encrypted with it in one transaction, and it replaces the old
file. After a crash before the commit, the old key opens the keystore; after a crash behind it, the new one does, and
the next start finds it (`KeyFile.successor`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pki_manager.domain.errors import HomeUnusable
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.signers.embedded.master_key import KeyFile


def replace_key_file(keystore: Keystore, place: KeyFile, write: Callable[[Path], object]) -> int:
    """Create a key file with `write`, encrypt all records with it, and replace the old file. Returns how many records.

    The caller prevents parallel calls. Raises HomeUnusable if a file cannot be written or a record is damaged.
    """
    finish_change(keystore, place)
    # What is left now was written by a change that was cut off before it sealed anything.
    place.successor.unlink(missing_ok=True)
    write(place.successor)
    count = keystore.rewrap(replace(place, path=place.successor))
    finish_change(keystore, place)
    return count


def finish_change(keystore: Keystore, place: KeyFile) -> None:
    """Replace the key file by the waiting one if that opens the keystore. Raises HomeUnusable if that fails."""
    pending_source = place.pending_source
    if pending_source is None or not keystore.is_opened_by(pending_source):
        return
    try:
        pending_source.path.replace(place.path)
        descriptor = os.open(place.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return  # another process was faster
    except OSError as error:
        raise HomeUnusable(f"The file {place.path} cannot be replaced: {error.strerror}.") from error
