"""Where in a run something happened, and the randomness that belongs to that place.

Every answer, score and random stream has an address, and its seed is derived from the run's seed and the address
alone: never from the order in which things were done. So a run with eight jobs and a run with one are the same run,
and a run that was cut off finds what it already has.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

SEED_BYTES = 16


@dataclass(frozen=True, slots=True)
class Address:
    """A path of names such as ``t1/search/3f2a…/utility/9bc1…/lpn:search:2``."""

    path: tuple[str, ...] = ()

    def __truediv__(self, part: object) -> Address:
        return Address((*self.path, str(part)))

    def __str__(self) -> str:
        return "/".join(self.path)


def derive(seed: bytes, *parts: object) -> bytes:
    """16 bytes that follow from ``seed`` and ``parts``, and from which neither can be found again."""
    digest = blake2b(digest_size=SEED_BYTES, key=seed, person=b"selftaught")
    for part in parts:
        text = str(part).encode("utf-8", "surrogatepass")
        digest.update(len(text).to_bytes(8, "little") + text)
    return digest.digest()


def run_seed(number: int) -> bytes:
    """The key that a run's seeds are derived from, for its seed as people write it (any integer from 0)."""
    if number < 0:
        raise ValueError(f"a seed cannot be negative but got {number}.")
    return blake2b(str(number).encode(), digest_size=SEED_BYTES).digest()
