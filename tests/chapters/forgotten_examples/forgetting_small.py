"""What chapter 8's tests run, and its shorthands."""

SMALL = {
    "profile": "quick", "seeds": 2, "workers": 1, "data": "digits", "label": "digits",
    "experiments": ["plain", "planted", "minority"], "training_images": 150, "asked": "rest",
    "learnt": 100, "wrong_labels": 0.1, "corrupted": 0.1, "minority_data": "coloured_digits", "minority": 0.1,
    "attributes": [],
    "members": 4, "block": 4, "levels": [0.5, 0.9], "controlled": [0.9], "shorter": [2, 4], "network": "mlp",
    "hidden": [16], "conv": [], "width": 1, "epochs": 6,
    "batch": 50, "optimiser": "adam", "rate": 0.01, "momentum": 0.0, "weight_decay": 0.0, "schedule": "constant",
    "augment": 0, "precision": "auto", "begin": 0.0125, "end": 0.5, "updates": 4, "grad": "masked",
    "splits": 10, "shown": 5,
}  # fmt: skip


def where(column, value, **chosen):
    """A change of one column in the rows that are chosen: its number grows by the value, a little more in odd seeds."""

    def change(row):
        if column in row and all(row.get(name) == wanted for name, wanted in chosen.items()):
            return {column: row[column] + value * (1 + 0.01 * ((row["seed"] + row.get("member", 0)) % 2))}

    return change


def classes(impacted, gaining=0, **chosen):
    """So many classes impacted in these rows, and so many of them gain."""

    def change(row):
        if row["part"] == "class" and all(row.get(name) == wanted for name, wanted in chosen.items()):
            place = int(row["class"])
            moved = 0.1 if place < gaining else -0.1
            return {"significant": place < impacted, "normalised_recall_difference": moved}

    return change
