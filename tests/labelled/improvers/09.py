"""Work on the functions of a program one by one, each by a request of its own, and put the results together."""

import ast
import textwrap

from helpers import extract_code


def top_level_functions(source):
    tree = ast.parse(source)
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def first_line(node):
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def text_of(node, lines):
    return "\n".join(lines[first_line(node) - 1 : node.end_lineno])


def usable(code, name):
    """Whether an answer is Python and defines the function that was asked for."""
    if not code:
        return False
    try:
        body = ast.parse(code).body
    except SyntaxError:
        return False
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in body)


def ask_for_function(node, lines, whole, task):
    return textwrap.dedent("""\
        This is a program:

        ```python
        {whole}
        ```

        Its purpose:
        {task}

        You are responsible for the function `{name}` only:

        ```python
        {part}
        ```

        Write a faster or more accurate `{name}` with the same parameters and the same kind of result. The rest of the
        program stays. Answer with this one function (and imports inside it) in a code block.
        """).format(whole=whole, task=task, name=node.name, part=text_of(node, lines))


def improve_algorithm(initial_solution, utility, language_model):
    lines = initial_solution.splitlines()
    try:
        functions = top_level_functions(initial_solution)
    except SyntaxError:
        return initial_solution
    at_a_time = language_model.max_responses_per_call
    functions = functions[: at_a_time * language_model.budget]

    rewritten = {}
    for start in range(0, len(functions), at_a_time):
        group = functions[start : start + at_a_time]
        messages = [ask_for_function(node, lines, initial_solution, utility.str) for node in group]
        answers = language_model.batch_prompt("You improve single functions.", messages, temperature=0.4)
        for node, code in zip(group, extract_code(answers)):
            if usable(code, node.name):
                rewritten[node.name] = code

    assembled = list(lines)
    for node in sorted(functions, key=first_line, reverse=True):
        if node.name in rewritten:
            assembled[first_line(node) - 1 : node.end_lineno] = rewritten[node.name].splitlines()
    result = "\n".join(assembled) + "\n"
    return result if utility(result) > utility(initial_solution) else initial_solution
