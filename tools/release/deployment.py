"""The files of deploy/ that a release contains: the Helm chart as an archive, and the compose files."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
from pathlib import Path

_DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
_CHART = _DEPLOY / "helm" / "pki-manager"


def write_deployment_files(target: Path, *, version: str, epoch: int) -> None:
    """Write the chart in the format of `helm package`, with the same bytes each time, and copy the compose files."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(path for path in _CHART.rglob("*") if path.is_file()):
            data = path.read_bytes()
            entry = tarfile.TarInfo(f"{_CHART.name}/{path.relative_to(_CHART)}")
            entry.size, entry.mtime = len(data), epoch
            archive.addfile(entry, io.BytesIO(data))
    (target / f"{_CHART.name}-{version}.tgz").write_bytes(gzip.compress(content.getvalue(), mtime=0))
    for path in (_DEPLOY / "compose").glob("*.yaml"):
        shutil.copy(path, target)
