"""Whom the attacks are run as: root, a plain user, and both where something is withheld from them already.

``HERE`` are users of this machine, for the tiers that are meant to hold. Where it can be done they are put into a
throw-away namespace too, without one of users: root is root there, so only what is jailed may run as one of them.
"""

import os
from pathlib import Path

import numpy
from attacks import runner, throwaway
from attacks.filters import docker, no_user_namespaces
from attacks.throwaway import User

LIBRARY = Path(numpy.__file__).parent
HERE = {
    "root": User("root", root=True, harmless=False),
    "plain": User("a plain user", harmless=False),
    "refused": User("a plain user to whom user namespaces are refused", harmless=False, refused=True),
    "docker": User("a plain user under Docker's profile", harmless=False, filtered=docker().hex()),
    "root, refused": User(
        "root to whom user namespaces are refused",
        root=True,
        harmless=False,
        filtered=no_user_namespaces().hex(),
    ),
    "root in docker": User(
        "root with what Docker leaves it",
        root=True,
        harmless=False,
        filtered=docker().hex(),
        # by their numbers in capabilities(7): those that Docker leaves without being asked
        capabilities=(0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31),
    ),
}


def run(passes, user, deadline_s=300):
    """What came of all attacks in ``passes`` as one of the users (see :func:`attacks.runner.run`)."""
    return throwaway.run(runner.run, passes, user=user, deadline_s=deadline_s, owned=[LIBRARY])


def run_thrown_away(passes, *, root, deadline_s=300):
    """The same as a harmless user, who may be without any layer. "nothing" has to be one of ``passes``.

    What only the machine's own root may do is then tried as that root, if it is there: such attacks are written to
    change nothing, and are in all namespaces but one of users.
    """
    answer = run(passes, throwaway.ROOT if root else throwaway.PLAIN, deadline_s)
    left = [
        str(attack)
        for attack in runner.attacks.suite()
        if attack.root_only
        and not attack.no_twin
        and (found := answer["nothing"]["found"].get(str(attack)))
        and found["held"]
    ]
    if root and left and os.geteuid() == 0:
        for name, each in throwaway.run(
            runner.run, passes, left, user=HERE["root"], deadline_s=deadline_s
        ).items():
            answer[name]["found"].update(each["found"])
    return answer
