"""Erst ein Plan in Schritten, dann ein Aufruf je Schritt."""

import re

from helpers import extract_code

FACHMANN = "Du bist Fachmann für Algorithmen in Python."


def frage_nach_plan(programm, aufgabe, hoechstens):
    return (
        f"Dieses Programm soll besser werden:\n\n```python\n{programm}\n```\n\n{aufgabe}\n\n"
        f"Schreibe noch kein Programm, sondern nur einen Plan mit höchstens {hoechstens} nummerierten Schritten, "
        "je Schritt eine Zeile der Form `1. ...`."
    )


def lies_schritte(antwort):
    return re.findall(r"^\s*\d+[.)]\s*(.+)$", antwort, flags=re.MULTILINE)


def frage_nach_schritt(programm, schritt, befund, aufgabe):
    frage = f"Ein Programm:\n\n```python\n{programm}\n```\n\n{aufgabe}\n\nFühre daran nur diesen Schritt aus: {schritt}\n"
    if befund.startswith("failed"):
        frage += f"\nDer vorige Schritt hat einen Fehler hinterlassen, behebe ihn mit: {befund}\n"
    return frage + "\nGib das ganze Programm in einem Codeblock."


def improve_algorithm(initial_solution, utility, language_model):
    anzahl = language_model.budget - 1
    if anzahl < 1:
        return initial_solution
    plan = language_model.prompt(FACHMANN, frage_nach_plan(initial_solution, utility.str, anzahl), temperature=0.5)[0]

    stand = initial_solution
    fassungen = [(utility(stand), stand)]
    for schritt in lies_schritte(plan)[:anzahl]:
        frage = frage_nach_schritt(stand, schritt, utility.why(stand), utility.str)
        neu = extract_code(language_model.prompt(FACHMANN, frage, temperature=0.3)[0])
        if neu:
            stand = neu
            fassungen.append((utility(stand), stand))
    return max(fassungen, key=lambda fassung: fassung[0])[1]
