import heapq
import itertools

from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model, width=4, epsilon=0.005):
    """Explores with epsilon-greedy selection: exploitation first, exploration with probability epsilon."""
    tick = itertools.count()  # so that equal scores never compare texts
    heap = [(utility(initial_solution), next(tick), initial_solution)]

    def ask_all(programs):
        share = itertools.cycle(programs)
        texts = [
            "Improve the program.\n```python\n" + next(share) + "\n```\n" + utility.str + "\nFull program only."
            for _ in range(language_model.max_responses_per_call)
        ]
        return extract_code(language_model.batch_prompt("You are a master of Python.", texts, temperature=0.8))

    for _ in range(language_model.budget):
        before = max(heap)[0]
        for code in ask_all([entry[2] for entry in sorted(heap, reverse=True)]):
            if code:
                heapq.heappush(heap, (utility(code), next(tick), code))
                if len(heap) > width:
                    heapq.heappop(heap)
        after = max(heap)[0]
        if after - before < epsilon:
            break
    return max(heap)[2]
