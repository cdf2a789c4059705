"""Mejora codiciosa (epsilon-greedy, epsilon = 0.001)."""

from helpers import extract_code

EPSILON = 1e-3  # exploración frente a explotación


def pedir(modelo, programa, descripcion, cuantos):
    mensaje = f"""Mejora este programa:

```python
{programa}
```

{descripcion}

Devuelve el programa completo en un bloque de código."""
    respuestas = modelo.prompt("Eres una persona experta en Python.", mensaje, n_responses=cuantos, temperature=0.7)
    return [codigo for codigo in extract_code(respuestas) if codigo]


def improve_algorithm(initial_solution, utility, language_model):
    mejor = initial_solution
    puntos = utility(mejor)
    while language_model.remaining and utility.remaining:
        cuantos = min(language_model.max_responses_per_call, utility.remaining)
        candidatos = pedir(language_model, mejor, utility.str, cuantos)
        notas = utility.many(candidatos)
        nueva = max(notas, default=0.0)
        ganancia = nueva - puntos
        if ganancia > 0:
            mejor, puntos = candidatos[notas.index(nueva)], nueva
        if ganancia < EPSILON:
            print("sin progreso, se termina")
            break
    return mejor
