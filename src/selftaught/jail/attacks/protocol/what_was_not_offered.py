"""Asks a trusted object for what it keeps to itself, through a proxy that it has made over, and by hand.

stopped by: frames
verdict: refused
given: a trusted object
"""


def attack(decoys, trusted):
    described = vars(trusted)
    described["_methods"] = described["_properties"] = ("secret", "__dict__", "asked")
    type(trusted).__call__ = lambda self, *args: trusted._ask(0, *args)
    return trusted._ask(described.get("_identity", 0), "secret", (), {}) == decoys["words"]
