from __future__ import annotations

import random
from dataclasses import dataclass

from helpers import extract_code

SIZE = 6
TOURNAMENT = 2


@dataclass(order=True)
class Individual:
    fitness: float
    source: str


def tournament(pool: list[Individual]) -> Individual:
    return max(random.sample(pool, min(TOURNAMENT, len(pool))))


def breeding_prompt(mother: Individual, father: Individual, task: str) -> str:
    return f"""Two programs for the same task:

Program A
```python
{mother.source}
```

Program B
```python
{father.source}
```

The task: {task}

Write a child program that takes over the strengths of both, and changes something of its own.
One Python block, complete."""


def grow(texts: list[str], utility) -> list[Individual]:
    sources = [s for s in extract_code(texts) if s][: utility.remaining]
    return [Individual(f, s) for f, s in zip(utility.many(sources), sources)] if sources else []


def improve_algorithm(initial_solution, utility, language_model):
    role = "You are a programmer with a wide knowledge of algorithms."
    pool = [Individual(utility(initial_solution), initial_solution)]
    first = f"Write a better version of this program.\n```python\n{initial_solution}\n```\n{utility.str}"
    pool += grow(language_model.prompt(role, first, language_model.max_responses_per_call, 1.0), utility)
    while language_model.remaining and utility.remaining:
        pairs = [(tournament(pool), tournament(pool)) for _ in range(language_model.max_responses_per_call)]
        texts = language_model.batch_prompt(role, [breeding_prompt(m, f, utility.str) for m, f in pairs])
        pool = sorted(pool + grow(texts, utility), reverse=True)[:SIZE]
    return max(pool).source
