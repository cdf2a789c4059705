"""Makes a link to a file of the user's where it may read, and reads that.

stopped by: seccomp, landlock, root
"""

import contextlib
import os


def attack(decoys):
    secret = decoys["secret"]
    refused = ValueError("not these words")
    places = (
        decoys["folder"],
        os.getcwd(),
        os.path.dirname(os.__file__),
        decoys["library"],
        "/tmp",
        "/dev/shm",
    )
    for place in places:
        link = os.path.join(place, "a_link_of_an_attack")
        for make in (
            lambda: os.symlink(secret, link),
            lambda: os.symlink("../" * 40 + secret[1:], link),
            lambda: os.link(secret, link),
            # with a folder, since Python asks linkat(2) to follow links only then
            lambda: os.link(
                f"/proc/self/fd/{os.open(secret, os.O_PATH)}", link, src_dir_fd=os.open("/", os.O_PATH)
            ),
        ):
            try:
                make()
                with open(link) as file:
                    if file.read() == decoys["words"]:
                        return True
            except OSError as problem:
                refused = problem
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(link)
    raise refused
