"""Makes a symbolic or a hard link where anyone may, or a hard link to a file it has open.

stopped by: seccomp, landlock, root
"""

import contextlib
import os
import pathlib

SPELLINGS = (
    lambda path, to: os.symlink(to, path),
    lambda path, to: pathlib.Path(path).symlink_to(to),
    lambda path, to: os.symlink(to, os.path.basename(path), dir_fd=os.open(os.path.dirname(path), os.O_PATH)),
    lambda path, to: os.link(to, path),
    # with a folder, since Python asks linkat(2) to follow links only then
    lambda path, to: os.link(
        f"/proc/self/fd/{os.open(to, os.O_PATH)}", path, src_dir_fd=os.open("/", os.O_PATH)
    ),
)


def attack(decoys):
    refused = ValueError("no link was made")
    for place in (decoys["folder"], "/", os.path.dirname(os.__file__), "/tmp"):
        path = os.path.join(place, "a_link_of_an_attack")
        for to in (decoys["secret"], os.__file__):
            for spelling in SPELLINGS:
                try:
                    spelling(path, to)
                    return True
                except OSError as problem:
                    refused = problem
                finally:
                    with contextlib.suppress(OSError):
                        os.unlink(path)
    raise refused
