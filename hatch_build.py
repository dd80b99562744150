"""The wheel carries the built web UI, as `pki_manager/_web`."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebBuild(BuildHookInterface):
    """A checkout is built with Node; the sdist carries what was built, so that a wheel made from it needs none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or self.target_name != "wheel":
            return
        root = Path(self.root)
        built = root / "web" / "dist"
        if not (built / "index.html").is_file():
            subprocess.run([root / "tools" / "build_web.sh"], check=True)
        build_data["force_include"][str(built)] = "pki_manager/_web"
