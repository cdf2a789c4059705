import heapq
from itertools import count

from helpers import extract_code

BRANCHING = 3


def improve_algorithm(initial_solution, utility, language_model):
    """Best-first search in a tree of programs: the most promising leaf is opened next."""
    serial = count()
    root_score = utility(initial_solution)
    leaves = [(-root_score, next(serial), initial_solution, [])]
    nodes = [(root_score, initial_solution)]

    def describe(path):
        if not path:
            return ""
        return "The ancestors of this program fared so:\n" + "\n".join(f"- {line}" for line in path) + "\n\n"

    while leaves and language_model.remaining and utility.remaining:
        negative, _, source, path = heapq.heappop(leaves)
        trail = [*path, f"score {-negative:.3f}, {utility.why(source)}"]
        message = (
            f"{utility.str}\n\n```python\n{source}\n```\n\n{describe(path)}"
            f"The program above: {trail[-1]}.\n\nWrite its improved successor in one code block, complete."
        )
        wanted = min(BRANCHING, utility.remaining, language_model.max_responses_per_call)
        answers = language_model.prompt("You search for programs.", message, n_responses=wanted, temperature=0.9)
        for code in extract_code(answers):
            if code:
                score = utility(code)
                heapq.heappush(leaves, (-score, next(serial), code, trail))
                nodes.append((score, code))

    return max(nodes, key=lambda node: node[0])[1]
