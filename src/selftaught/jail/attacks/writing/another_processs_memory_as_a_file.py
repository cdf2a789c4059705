"""Writes through /proc into the memory of the jail beside it, of the warm process or of another.

stopped by: landlock, root
"""


def attack(decoys):
    refused = ValueError("it is as it was")
    for pid, address in ((decoys["other"], decoys["kept"]), (decoys["victim"], decoys["address"])):
        for way in (f"/proc/{pid}/mem", f"/proc/{pid}/task/{pid}/mem"):
            try:
                with open(way, "r+b", buffering=0) as memory:
                    memory.seek(address)
                    memory.write(b"lost")
                    memory.seek(address)
                    changed = memory.read(4)
                    memory.seek(address)
                    memory.write(decoys["words"][:4].encode())
                if changed == b"lost":
                    return True
            except OSError as problem:
                refused = problem
    raise refused
