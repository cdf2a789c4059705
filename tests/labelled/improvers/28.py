"""Everything but the kitchen sink."""

import random

from helpers import extract_code

TWISTS = [
    "use a completely different algorithm",
    "precompute whatever can be precomputed",
    "treat small and large inputs differently",
    "replace Python loops by built-ins",
    "add a final polishing phase that uses the time that is left",
    "make it robust against degenerate inputs",
    "simplify it, then make the core faster",
]
POPULATION_SIZE = 8
TARGET = 0.99


def member(source, score, remark):
    return {"source": source, "score": score, "remark": remark}


def select_by_rank(population, rng):
    ranked = sorted(population, key=lambda m: m["score"])
    return rng.choices(ranked, weights=range(1, len(ranked) + 1))[0]


def mutation_message(parent, twist, task):
    lines = [
        "You are shown a program from an evolving population.",
        "",
        "```python",
        parent["source"].strip(),
        "```",
        "",
        "It is evaluated as follows:",
        task,
        "",
        f"It scored {parent['score']:.4f}; the evaluator's remark: {parent['remark']}",
        "",
        f"Write a mutated program. Direction of the mutation: {twist}.",
        "Output the full source in one Python code block.",
    ]
    return "\n".join(lines)


def crossover_message(first, second, task):
    return (
        "Cross these two programs: write one offspring that has traits of both.\n\n"
        f"First (score {first['score']:.4f}, {first['remark']}):\n```python\n{first['source']}\n```\n\n"
        f"Second (score {second['score']:.4f}, {second['remark']}):\n```python\n{second['source']}\n```\n\n"
        f"{task}\n\nOutput the full source in one Python code block."
    )


def cooling(generation, generations):
    """Sampling temperature: from 1.2 in the first generation down to 0.4 in the last."""
    if generations == 1:
        return 0.8
    return 1.2 - 0.8 * generation / (generations - 1)


def improve_algorithm(initial_solution, utility, language_model):
    rng = random.Random(2024)
    start_score = utility(initial_solution)
    population = [member(initial_solution, start_score, utility.why(initial_solution))]
    generations = language_model.budget

    for generation in range(generations):
        messages = []
        for _ in range(language_model.max_responses_per_call):
            if len(population) > 1 and rng.random() < 0.35:
                first, second = rng.sample(population, 2)
                messages.append(crossover_message(first, second, utility.str))
            else:
                parent = select_by_rank(population, rng)
                messages.append(mutation_message(parent, rng.choice(TWISTS), utility.str))

        answers = language_model.batch_prompt(
            "You are the variation operator of an evolutionary algorithm.",
            messages,
            temperature=cooling(generation, generations),
        )
        offspring = [code for code in extract_code(answers) if code][: utility.remaining]
        for code, score in zip(offspring, utility.many(offspring)):
            population.append(member(code, score, utility.why(code)))

        population.sort(key=lambda m: m["score"], reverse=True)
        population = population[:POPULATION_SIZE]
        if population[0]["score"] >= TARGET:
            break

    return population[0]["source"]
