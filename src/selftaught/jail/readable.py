"""Which files a jailed program may read: the standard library, NumPy, the task's imports, and what these load.

Nothing else of the machine is named: no system folder as a whole, no configuration, no other package.
"""

from __future__ import annotations

import mmap
import re
import struct
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path

# Where the loader looks, besides its cache.
_FOLDERS = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")


def files(path: Sequence[str], imports: Sequence[str]) -> list[str]:
    """Files and folders, absolute, to be read with all that lies below.

    ``path`` are the entries of ``sys.path`` that hold this package, NumPy and the ``imports``; a warm process calls
    this when it has imported them, since what it has mapped belongs to it.
    """
    own = [*_standard_library(), *_packages(imports, package_folders(path))]
    return [*own, "/etc/ld.so.cache", *_shared_objects(own, path)]


def mounts(readable: Sequence[str]) -> list[str]:
    """Of what is readable, the mounts that a small root needs: the standard library as a whole."""
    standard = sysconfig.get_path("stdlib")
    rest = [path for path in readable if Path(path).parent != Path(standard)]
    return [path for path in dict.fromkeys([standard, *rest]) if Path(path).exists()]


def hidden(path: Sequence[str]) -> list[str]:
    """The folders that lie in a mount, or hold one, and may not be read as a whole."""
    root = Path(sysconfig.get_path("stdlib"))
    own = [str(folder) for folder in (root / "site-packages", root / "dist-packages") if folder.is_dir()]
    return [*package_folders(path), *own]  # a virtual environment does not use the interpreter's own packages


def package_folders(path: Sequence[str]) -> list[str]:
    """Of ``path``, the folders that hold installed packages, not this package's own sources."""
    return [entry for entry in path if Path(entry).name in ("site-packages", "dist-packages")]


def _standard_library() -> Iterator[str]:
    for entry in Path(sysconfig.get_path("stdlib")).iterdir():
        if entry.name not in ("site-packages", "dist-packages"):
            yield str(entry)


def _packages(imports: Sequence[str], folders: Iterable[str]) -> Iterator[str]:
    """The files of the distributions that provide ``imports``, and of all that those require."""
    tops = {"numpy", "numpy.libs"}
    if set(imports) - {"numpy"}:
        tops |= set(imports) | _required(imports)
    for folder in folders:
        for entry in Path(folder).iterdir():
            if entry.name.removesuffix(".py") in tops or entry.name.split(".cpython")[0] in tops:
                yield str(entry)


def _required(imports: Iterable[str]) -> set[str]:
    owners = metadata.packages_distributions()
    names = [owner for name in imports for owner in owners.get(name.partition(".")[0], [])]
    tops: set[str] = set()
    seen: set[str] = set()
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # a requirement of another platform
        tops |= {
            file.parts[0].removesuffix(".py") for file in distribution.files or () if file.parts[0] != ".."
        }
        for requirement in distribution.requires or ():
            if "extra ==" not in requirement:
                names += re.findall(r"^[\w.-]+", requirement)
    return {top for top in tops if not top.endswith((".dist-info", ".pth"))}


def _shared_objects(own: Sequence[str], path: Iterable[str]) -> Iterator[str]:
    """The system's libraries that this process has mapped, or that an extension module in ``own`` asks for."""
    # What is mapped from there is in ``own``, or not for jails.
    elsewhere = tuple(f"{entry}/" for entry in path)
    mapped = {
        name
        for line in Path("/proc/self/maps").read_text().splitlines()
        if ".so" in line
        and "/" in line
        and not (name := line.split(maxsplit=5)[5].strip()).startswith(elsewhere)
    }
    folders = dict.fromkeys([str(Path(name).parent) for name in sorted(mapped)])
    places = [Path(folder) for folder in (*folders, *_FOLDERS)]
    roots = tuple(f"{path}/" for path in own)
    yield from (name for name in sorted(mapped) if not name.startswith(roots))
    # maps show a library under its file's name; the loader opens it under the name that others ask for
    waiting = [*sorted(mapped), *(str(module) for path in own for module in _extensions(Path(path)))]
    seen = set(waiting)
    while waiting:
        for name in _needed(waiting.pop()):
            found = next((place / name for place in places if (place / name).is_file()), None)
            if found is not None and str(found) not in seen:
                seen.add(str(found))
                waiting.append(str(found))
                if not str(found).startswith(roots):
                    yield str(found)


def _extensions(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from path.rglob("*.so*")
    elif ".so" in path.name:
        yield path


_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_STRTAB = 1, 5


def _needed(name: str) -> list[str]:
    """The names of the libraries that a shared object asks for: its DT_NEEDED entries (elf(5), 64 bits)."""
    try:
        with Path(name).open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
            if data[:6] != b"\x7fELF\x02\x01":
                return []
            start, size, count = struct.unpack_from("<Q14xHH", data, 32)
            headers = [struct.unpack_from("<II6Q", data, start + i * size) for i in range(count)]
            loads = [
                (vaddr, offset, length)
                for kind, _, offset, vaddr, _, length, *_ in headers
                if kind == _PT_LOAD
            ]
            wanted, strings = [], 0
            for kind, _, offset, _, _, length, *_ in headers:
                if kind == _PT_DYNAMIC:
                    for tag, value in struct.iter_unpack("<qQ", data[offset : offset + length - length % 16]):
                        if tag == _DT_NEEDED:
                            wanted.append(value)
                        elif tag == _DT_STRTAB:
                            strings = next(o + value - v for v, o, n in loads if v <= value < v + n)
            return [data[strings + at : data.find(b"\0", strings + at)].decode() for at in wanted]
    except (OSError, ValueError, struct.error, StopIteration):
        return []  # not a shared object that could be loaded
