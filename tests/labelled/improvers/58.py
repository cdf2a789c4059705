from difflib import SequenceMatcher

from helpers import extract_code


def parecido(a, b):
    return SequenceMatcher(None, a.splitlines(), b.splitlines(), autojunk=False).ratio()


def mas_distintos(programas, cuantos):
    """Elige los programas más alejados entre sí: primero el más largo, luego siempre el más lejano."""
    if not programas:
        return []
    elegidos = [max(programas, key=len)]
    resto = [p for p in programas if p is not elegidos[0]]
    while resto and len(elegidos) < cuantos:
        lejano = min(resto, key=lambda p: max(parecido(p, e) for e in elegidos))
        elegidos.append(lejano)
        resto = [p for p in resto if p is not lejano]
    return elegidos


def improve_algorithm(initial_solution, utility, language_model):
    mensaje = (
        "Mejora este programa:\n\n```python\n"
        + initial_solution
        + "\n```\n\nAsí se evalúa:\n"
        + utility.str
        + "\n\nResponde con el programa completo."
    )
    programas = []
    for _ in range(language_model.budget):
        respuestas = language_model.batch_prompt(
            "Eres experto en algoritmos.", [mensaje] * language_model.max_responses_per_call, temperature=1.1
        )
        programas += [c for c in extract_code(respuestas) if c]
    # Solo se evalúa una parte: la más variada.
    muestra = mas_distintos(programas, max(1, (utility.budget - 1) // 2))
    return max([initial_solution] + muestra, key=utility)
