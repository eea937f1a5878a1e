"""Tells `wasmgate plugin build` of the project in the current folder: `python -m wasmgate.project`."""

from __future__ import annotations

import importlib
import json
import sys
import tomllib
from pathlib import Path

from .hooks import PLUGIN


def main() -> None:
    """Writes the hooks of `plugin.py`, and the module that componentize-py begins with, as JSON."""
    printed, sys.stdout = sys.stdout, sys.stderr  # what the plugin prints is not the answer
    sys.path.insert(0, ".")
    importlib.import_module("plugin")
    json.dump({"hooks": list(PLUGIN.interests), "app": app(Path("pyproject.toml"))}, printed)


def app(pyproject: Path) -> str:
    """The module `app`: the plugin, and the classes of its hooks."""
    project = tomllib.loads(pyproject.read_text()).get("project", {}) if pyproject.exists() else {}
    described = [project.get(key, default) for key, default in _DESCRIBED.items()]
    classes = ", ".join(sorted({"Setup", "begin", *map(_class, PLUGIN.interests)}))
    return f"import plugin\nfrom wasmgate.export import {classes}\n\nbegin(*{described!r})\n"


_DESCRIBED = {"name": "plugin", "version": "0.0.0", "description": ""}


def _class(hook: str) -> str:
    return hook.title().replace("-", "")


if __name__ == "__main__":
    main()
