import json
import re

from helpers import extract_code


def ask_plan(lm, program, task):
    reply = lm.prompt(
        "You are a software architect. You never write code, only plans.",
        f"Program:\n```python\n{program}\n```\nTask:\n{task}\n\n"
        'Plan how to rebuild it so that it scores higher. Answer with a JSON list of strings: ["step 1", "step 2"].',
        n_responses=1,
        temperature=0.5,
    )[0]
    found = re.search(r"\[.*\]", reply, re.S)
    try:
        return [str(step) for step in json.loads(found.group(0))]
    except (AttributeError, ValueError, TypeError):
        return [reply.strip() or "choose a better algorithm"]


def carry_out(lm, program, task, plan, n):
    steps = "\n".join(f"{i}. {s}" for i, s in enumerate(plan, 1))
    return extract_code(
        lm.prompt(
            "You are a programmer who implements plans to the letter.",
            f"Program:\n```python\n{program}\n```\nTask:\n{task}\n\nPlan:\n{steps}\n\n"
            "Carry out every step. Give the complete program in a code block.",
            n_responses=n,
            temperature=0.7,
        )
    )


def mend(lm, program, task, fault):
    reply = lm.prompt(
        "You are a debugger.",
        f"```python\n{program}\n```\nWhen it was run: {fault}\nTask:\n{task}\nMend it. Give the complete program.",
    )[0]
    return extract_code(reply)


def improve_algorithm(initial_solution, utility, language_model):
    task = utility.str
    plan = ask_plan(language_model, initial_solution, task)
    results = [initial_solution]
    if language_model.budget >= 2:
        n = language_model.max_responses_per_call
        results += [c for c in carry_out(language_model, initial_solution, task, plan, n) if c]
    scores = [utility(r) for r in results]
    if language_model.budget >= 3:
        favourite = results[scores.index(max(scores))]
        mended = mend(language_model, favourite, task, utility.why(favourite))
        if mended:
            results.append(mended)
            scores.append(utility(mended))
    return results[scores.index(max(scores))]
