import ast

from helpers import extract_code


def pieces(source):
    """The top-level statements of a program as (is_function, text), in their order."""
    lines = source.splitlines()
    result = []
    for node in ast.parse(source).body:
        first = min([node.lineno] + [d.lineno for d in getattr(node, "decorator_list", [])])
        text = "\n".join(lines[first - 1 : node.end_lineno])
        result.append((isinstance(node, ast.FunctionDef), text))
    return result


def improve_algorithm(initial_solution, utility, language_model):
    try:
        parts = pieces(initial_solution)
    except SyntaxError:
        return initial_solution
    wanted = [i for i, (is_function, _) in enumerate(parts) if is_function]
    wanted = wanted[: language_model.max_responses_per_call]
    if not wanted:
        return initial_solution

    messages = []
    for i in wanted:
        messages.append(
            "This function is part of a larger program. Rewrite this function alone: faster and better at its job, "
            "with the same name, arguments and kind of result. Put needed imports inside the function.\n\n"
            f"```python\n{parts[i][1]}\n```\n\n"
            f"What the whole program is for:\n{utility.str}"
        )
    assembled = []
    for _ in range(language_model.budget):
        answers = language_model.batch_prompt("You rewrite single functions.", messages, temperature=0.6)
        texts = [text for _, text in parts]
        for i, answer in zip(wanted, answers):
            function = extract_code(answer)
            if function and "def " in function:
                texts[i] = function.strip()
        assembled.append("\n\n\n".join(texts) + "\n")
    return max([initial_solution] + assembled, key=utility)
