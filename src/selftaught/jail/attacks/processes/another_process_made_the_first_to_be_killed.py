"""Changes how soon the kernel kills another process when memory runs out.

stopped by: landlock, root
"""


def attack(decoys):
    refused = ValueError("nobody to do it to")
    for whom in ("victim", "owner", "zygote", "other"):
        try:
            with open(f"/proc/{decoys[whom]}/oom_score_adj", "r+") as file:
                score = file.read()
                file.seek(0)
                return file.write(score) > 0  # what it was: any other would be as good
        except OSError as problem:
            refused = problem
    raise refused
