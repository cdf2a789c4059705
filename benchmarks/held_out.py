"""The sets of labelled programs that were set aside for one measurement: tests/labelled/README.md.

An archive is unpacked only if its SHA-256 is the one that ``held_out.sha256`` beside it names.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

LABELLED = Path(__file__).parents[1] / "tests" / "labelled"
SUMS = "held_out.sha256"


@contextlib.contextmanager
def unpacked(archive: Path) -> Iterator[Path]:
    """A temporary folder with what is in the archive; the program ends where the sums name another, or none."""
    packed = archive.read_bytes()
    is_so = hashlib.sha256(packed).hexdigest()
    lines = (archive.parent / SUMS).read_text(encoding="utf-8").splitlines()
    sums = {name: told for told, name in (line.split() for line in lines)}
    if sums.get(archive.name) != is_so:
        raise SystemExit(
            f"{archive}: its SHA-256 is {is_so}, and {SUMS} has {sums.get(archive.name, 'none for it')}: "
            "this is not what was set aside"
        )
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:xz") as inside:
            for member in inside:  # a flat folder; extractall's filter is not in Python 3.11.0 to 3.11.3
                if content := inside.extractfile(member):
                    (Path(folder) / Path(member.name).name).write_bytes(content.read())
        print(f"{archive.name}, SHA-256 {is_so}\n", flush=True)
        yield Path(folder)
