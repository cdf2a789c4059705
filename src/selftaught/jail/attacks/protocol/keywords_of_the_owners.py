"""Asks with keywords that are the names of its owner's own arguments.

stopped by: frames
verdict: ok
wants: the owner raises
given: a trusted object
"""


def attack(decoys, trusted):
    return trusted.echo(1, self=1, name=2, args=3, kwargs=4)
