"""Plusieurs spécialistes proposent, puis une synthèse des trois meilleures propositions."""

from helpers import extract_code

METIERS = (
    "un mathématicien qui cherche une borne exacte",
    "une ingénieure qui optimise la mémoire et la vitesse",
    "un spécialiste des heuristiques et de la recherche locale",
    "une statisticienne attentive au bruit et aux cas rares",
    "un lauréat de concours de programmation",
    "une relectrice qui traque les erreurs",
)


def bloc(code):
    return "```python\n" + code.strip() + "\n```"


def consigne(metier, programme, but):
    return f"Vous êtes {metier}.\n\nAméliorez ce programme :\n{bloc(programme)}\n\n{but}\n\nDonnez le programme complet."


def synthese(propositions, but):
    parties = [f"Proposition {i} :\n{bloc(code)}" for i, code in enumerate(propositions, 1)]
    return (
        "\n\n".join(parties)
        + f"\n\n{but}\n\nFusionnez ces propositions en un seul programme qui réunit leurs qualités. Donnez-le en entier."
    )


def improve_algorithm(initial_solution, utility, language_model):
    limite = language_model.max_responses_per_call
    messages = [consigne(m, initial_solution, utility.str) for m in METIERS[:limite]]
    reponses = language_model.batch_prompt("Vous écrivez du Python.", messages, temperature=0.7)
    propositions = [c for c in extract_code(reponses) if c] + [initial_solution]
    notes = utility.many(propositions)
    classement = sorted(zip(notes, propositions), key=lambda couple: -couple[0])

    if language_model.remaining == 0 or utility.remaining == 0:
        return classement[0][1]
    trois = [code for _, code in classement[:3]]
    n = min(limite, utility.remaining)
    fusions = language_model.prompt("Vous écrivez du Python.", synthese(trois, utility.str), n, 0.5)
    for fusion in extract_code(fusions):
        if fusion:
            classement.append((utility(fusion), fusion))
    return max(classement, key=lambda couple: couple[0])[1]
