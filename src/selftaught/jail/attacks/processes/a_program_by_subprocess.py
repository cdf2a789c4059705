"""Starts a program by subprocess and what is built on it.

stopped by: seccomp, landlock
"""

import asyncio
import subprocess

PROGRAMS = (  # the loader is a program, too, and is there wherever shared libraries are
    "/bin/true",
    "/usr/lib64/ld-linux-x86-64.so.2",
    "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    "/usr/lib/ld-linux-aarch64.so.1",
    "/usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1",
)


def by_asyncio(program):
    async def start():
        process = await asyncio.create_subprocess_exec(*program, stdout=1)
        return await process.wait()

    return asyncio.run(start())


def attack(decoys):
    refused = ValueError("no spelling was tried")
    for path in PROGRAMS:
        for start in (
            lambda program: subprocess.call(program),
            lambda program: subprocess.call(program, close_fds=False),
            lambda program: subprocess.run(program, stdout=subprocess.PIPE).returncode,
            lambda program: subprocess.run(program, preexec_fn=lambda: None).returncode,
            lambda program: subprocess.call(program, start_new_session=True),
            by_asyncio,
        ):
            try:
                if start([path, "--version"]) == 0:
                    return True
            except OSError as problem:
                refused = problem
    raise refused
