import re

from helpers import extract_code


def mark(text):
    """The first number in an answer, or -1."""
    number = re.search(r"\d+(?:\.\d+)?", text)
    return float(number.group()) if number else -1.0


def improve_algorithm(initial_solution, utility, language_model):
    per_call = language_model.max_responses_per_call
    writer_message = (
        f"Rewrite this program so that it scores as high as possible.\n\n```python\n{initial_solution}\n```\n\n"
        f"{utility.str}\n\nThe complete program in one code block."
    )
    drafts = []
    for _ in range(max(1, language_model.budget // 2)):
        answers = language_model.prompt("You write programs.", writer_message, n_responses=per_call, temperature=1.0)
        drafts.extend(code for code in extract_code(answers) if code)

    # Scores are dear, so a reader guesses first how good each draft is.
    guesses = []
    spare = language_model.budget - max(1, language_model.budget // 2)
    for k in range(spare):
        some = drafts[k * per_call : (k + 1) * per_call]
        if some:
            reader_messages = [
                f"```python\n{code}\n```\n\n{utility.str}\n\n"
                "What mark out of 100 will this program get? Answer with a number and nothing else."
                for code in some
            ]
            for code, answer in zip(some, language_model.batch_prompt("You grade programs.", reader_messages, 0.0)):
                guesses.append((mark(answer), code))

    guesses.sort(key=lambda guess: guess[0], reverse=True)
    promising = [code for _, code in guesses[: max(1, len(drafts) // 3)]] or drafts[:3]
    return max([initial_solution, *promising], key=utility)
