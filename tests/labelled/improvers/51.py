from helpers import extract_code


def creer_individu(reponse):
    return extract_code(reponse)


def improve_algorithm(initial_solution, utility, language_model):
    """Algorithme évolutionnaire : la population évolue et le plus apte survit."""
    taille_population = min(language_model.max_responses_per_call, max(1, utility.budget - 1))
    question = (
        "Améliore ce programme Python.\n\n```python\n" + initial_solution + "\n```\n\n"
        "Comment il est noté :\n" + utility.str + "\n\nDonne le programme complet dans un seul bloc."
    )

    # génération 0
    reponses = language_model.batch_prompt("Tu es un expert en algorithmes.", [question] * taille_population)
    population = [creer_individu(r) for r in reponses]
    population = [individu for individu in population if individu]

    # sélection naturelle
    survivant, aptitude = initial_solution, utility(initial_solution)
    for individu in population:
        fitness = utility(individu)
        if fitness > aptitude:
            survivant, aptitude = individu, fitness
    return survivant
