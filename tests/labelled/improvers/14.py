"""Ensemble of language models: the members of the committee vote on the final program."""

from helpers import extract_code


def committee_member(language_model, name, message, n):
    answers = language_model.prompt("You are a member of a committee.", message, n_responses=n, model=name)
    return [code for code in extract_code(answers) if code]


def vote(ballots, utility):
    """The committee's decision."""
    winner, most = None, -1.0
    for candidate in ballots:
        support = utility(candidate)
        if support > most:
            winner, most = candidate, support
    return winner


def improve_algorithm(initial_solution, utility, language_model):
    message = (
        f"{utility.str}\n\nA program for this:\n```python\n{initial_solution}\n```\n\n"
        "Write a program that scores higher. Only one code block."
    )
    members = list(language_model.models)[: language_model.budget]
    share = (utility.budget - 1) // len(members)
    share = max(1, min(share, language_model.max_responses_per_call))
    ballots = [initial_solution]
    for name in members:
        ballots += committee_member(language_model, name, message, share)
    return vote(ballots, utility)
