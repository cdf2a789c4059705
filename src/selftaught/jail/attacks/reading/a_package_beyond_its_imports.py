"""Imports or lists installed packages that the task did not ask for.

stopped by: landlock, root
"""

import importlib
import importlib.metadata
import os
import sys


def attack(decoys):
    site = os.path.dirname(decoys["library"])
    refused = ImportError("no package is there")
    sys.path.append(site)
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()
    try:
        if {name for name in os.listdir(site) if not name.startswith("numpy")}:
            return True
    except OSError as problem:
        refused = problem
    if {each.name for each in importlib.metadata.distributions()} - {"numpy"}:
        return True
    for name in ("msgpack", "pip", "setuptools", "pytest", "hypothesis", "requests", "yaml"):
        try:
            return bool(importlib.import_module(name).__path__)
        except ImportError as problem:
            refused = problem
    raise refused
