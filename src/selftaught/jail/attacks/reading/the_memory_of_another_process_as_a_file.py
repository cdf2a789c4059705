"""Reads another process's memory through /proc, found by its map.

stopped by: landlock, root, namespaces, pid namespace
"""


def attack(decoys):
    refused = ValueError("not these words")
    words = decoys["words"].encode()
    for way in (f"/proc/{decoys['victim']}", f"/proc/{decoys['victim']}/task/{decoys['victim']}"):
        try:
            with open(f"{way}/mem", "rb", buffering=0) as memory:
                memory.seek(decoys["address"])
                if memory.read(len(words)) == words:
                    return True
        except OSError as problem:
            refused = problem
    raise refused
