import random

from helpers import extract_code

HINWEISE = [
    "Denke an dynamische Programmierung.",
    "Denke an lokale Suche mit vielen Neustarts im Programm selbst.",
    "Achte auf Randfälle: leere Eingaben, gleiche Werte, sehr große Werte.",
    "Vereinfache das Programm, bevor du es verbesserst.",
]


class Gedaechtnis:
    def __init__(self, utility):
        self.utility = utility
        self.noten = {}

    def note(self, programm):
        if programm not in self.noten:
            self.noten[programm] = self.utility(programm)
        return self.noten[programm]

    def bestes(self):
        return max(self.noten, key=self.noten.get)


def improve_algorithm(initial_solution, utility, language_model):
    gedaechtnis = Gedaechtnis(utility)
    gedaechtnis.note(initial_solution)
    anteil = 0.2  # so oft wird irgendein Programm genommen
    for _ in range(language_model.budget):
        if random.random() < anteil:
            eltern = random.choice(list(gedaechtnis.noten))
        else:
            eltern = gedaechtnis.bestes()
        anteil *= 0.7
        fragen = []
        for i in range(language_model.max_responses_per_call):
            hinweis = HINWEISE[i % len(HINWEISE)]
            fragen.append(
                f"Verbessere dieses Programm.\n```python\n{eltern}\n```\n"
                f"Bewertung:\n{utility.str}\n\nHinweis: {hinweis}\nAntworte mit dem ganzen Programm."
            )
        antworten = language_model.batch_prompt("Du bist ein erfahrener Programmierer.", fragen, temperature=0.8)
        for programm in extract_code(antworten):
            if programm:
                gedaechtnis.note(programm)
    return gedaechtnis.bestes()
