"""Filters of system calls that are there before a jail's own: Docker's, and one that refuses user namespaces."""

import ctypes
import json
import platform
import struct
from pathlib import Path

PROFILE = json.loads((Path(__file__).parent / "docker_default.json").read_text())
"""Docker's default profile, as far as it concerns a process without extra capabilities; says where it is from."""


def docker(machine=None):
    """Docker's default profile as a seccomp filter's instructions (struct sock_filter), for this kind of machine.

    The calls of 32-bit programs are let through, where Docker would go by their names: that is more than it allows.
    """
    calls = PROFILE[machine or platform.machine()]
    program = [
        (_LOAD, 0, 0, _ARCH),
        (_JUMP_EQUAL, 1, 0, _AUDIT_ARCH[machine or platform.machine()]),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _NUMBER),
        *_where(calls["clone3"], [(_RETURN, 0, 0, _ERRNO | PROFILE["clone3_error"])]),
        *_where(
            calls["clone"],
            [
                (_LOAD, 0, 0, _FIRST_ARGUMENT),
                (_JUMP_ANY_BIT, 1, 0, PROFILE["clone_without"]),
                (_RETURN, 0, 0, _ALLOW),
                (_RETURN, 0, 0, _ERRNO | _EPERM),
            ],
        ),
        *_where(calls["socket"], _first_argument_in(PROFILE["socket_families"])),
        *_where(calls["personality"], _first_argument_in(PROFILE["personalities"])),
    ]
    for first, last in _spans(sorted(calls["allowed"].values())):
        program += [(_JUMP_AT_LEAST, 0, 2, first), (_JUMP_ABOVE, 1, 0, last), (_RETURN, 0, 0, _ALLOW)]
    program.append((_RETURN, 0, 0, _ERRNO | _EPERM))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050000, 1, 38
_CLONE_NEWUSER = 0x1000_0000
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def _where(number, body):
    return [(_JUMP_EQUAL, 0, len(body), number), *body]


def _first_argument_in(values):
    tests = [(_JUMP_EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    refused, allowed = (_RETURN, 0, 0, _ERRNO | _EPERM), (_RETURN, 0, 0, _ALLOW)
    return [(_LOAD, 0, 0, _FIRST_ARGUMENT), *tests, refused, allowed]


def _spans(numbers):
    spans = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return spans


def no_user_namespaces(machine=None):
    """A filter that refuses user namespaces and nothing else (the kernel's own limit would take root's rights)."""
    calls = PROFILE[machine or platform.machine()]
    unless = [
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_JUMP_ANY_BIT, 1, 0, _CLONE_NEWUSER),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
    ]
    program = [
        (_LOAD, 0, 0, _NUMBER),
        *_where(calls["clone3"], [(_RETURN, 0, 0, _ERRNO | _ENOSYS)]),  # its flags lie in memory
        *_where(calls["clone"], unless),
        *_where(calls["unshare"], unless),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


def refusals():
    """What the kernel answers to some calls: an error's number, 0 for none. To be asked of a user."""
    libc = ctypes.CDLL(None, use_errno=True)
    numbers = PROFILE[platform.machine()]
    answers = {}
    for name, number, first, second in (
        ("clone3", numbers["clone3"], 0, 0),
        ("a socket of the cipher family", numbers["socket"], 38, 5),
        ("a unix socket", numbers["socket"], 1, 1),
        ("which personality", numbers["personality"], 0xFFFFFFFF, 0),
        ("unshare of nothing", numbers["unshare"], 0, 0),
        ("a user namespace", numbers["unshare"], _CLONE_NEWUSER, 0),
    ):
        result = libc.syscall(ctypes.c_long(number), ctypes.c_long(first), ctypes.c_long(second), 0)
        answers[name] = ctypes.get_errno() if result < 0 else 0
    return answers
