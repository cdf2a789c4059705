import math

from helpers import extract_code


class Node:
    def __init__(self, program, value, parent=None):
        self.program, self.value, self.parent = program, value, parent
        self.children = []
        self.visits, self.total = 1, value

    def uct(self, c=0.5):
        return self.total / self.visits + c * math.sqrt(math.log(self.parent.visits + 1) / self.visits)

    def leaf(self):
        if not self.children:
            return self
        return max(self.children, key=Node.uct).leaf()

    def back_up(self, value):
        self.visits += 1
        self.total += value
        if self.parent is not None:
            self.parent.back_up(value)

    def all(self):
        yield self
        for child in self.children:
            yield from child.all()


def improve_algorithm(initial_solution, utility, language_model):
    root = Node(initial_solution, utility(initial_solution))
    for _ in range(language_model.budget):
        node = root.leaf()
        request = (
            f"```python\n{node.program}\n```\n\nTake the program one step further. It is scored like this:\n"
            f"{utility.str}\n\nAnswer with the complete program in a code block."
        )
        answers = language_model.prompt(
            "You are a patient improver of programs.", request, n_responses=min(3, language_model.max_responses_per_call)
        )
        for program in extract_code(answers):
            if program and utility.remaining:
                value = utility(program)
                node.children.append(Node(program, value, node))
                node.back_up(value)
    return max(root.all(), key=lambda n: n.value).program
