"""Replacement of the master key in a key file, safe against a crash at any moment.

The new key is written beside the old one, the keystore is encrypted with it in one transaction, and the new file
replaces the old one. After a crash before the commit, the old key opens the keystore. After a crash following the
commit, the new key opens it, and the next start finds that key (`KeyFile.successor`).
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
    """Create a key file with `write`, encrypt all records with its key, and replace the old file.

    Returns the number of records. The caller must prevent parallel calls. Raises HomeUnusable if a file cannot be
    written or a record is damaged.
    """
    finish_change(keystore, place)
    # What is left now was written by a change that was cut off before it sealed anything.
    place.successor.unlink(missing_ok=True)
    write(place.successor)
    count = keystore.rewrap(replace(place, path=place.successor))
    finish_change(keystore, place)
    return count


def finish_change(keystore: Keystore, place: KeyFile) -> None:
    """Replace the key file by the pending one if the pending key opens the keystore.

    Raises HomeUnusable if the file cannot be replaced.
    """
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
