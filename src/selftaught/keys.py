"""Keys are read from the environment by the models that send them, and stand nowhere else."""

from __future__ import annotations

import os

_LEAST = 8  # characters: what is shorter is no secret, and would be found in ordinary words


def without_keys(text: str) -> str:
    """Text with no key of this process's environment in it: a server may echo what it was sent."""
    for name in os.environ:
        if name.endswith("_API_KEY") and len(key := os.environ[name].strip()) >= _LEAST:
            text = text.replace(key, "[key]")
    return text
