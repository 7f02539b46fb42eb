"""Writes golden/figures.json: confusion matrices and scikit-learn's figures of them.

pip install scikit-learn==1.*; python report/tests/make_figures.py
"""

import json
import pathlib
import random

from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

LABELS = list(range(7))


def case(name, truth, called):
    precision, recall, f1, _ = precision_recall_fscore_support(truth, called, labels=LABELS, zero_division=0)
    return {
        "name": name,
        "confusion": confusion_matrix(truth, called, labels=LABELS).tolist(),
        "accuracy": accuracy_score(truth, called),
        "macro_recall": recall.mean(),
        "macro_precision": precision.mean(),
        "macro_f1": f1.mean(),
        "f1": f1.tolist(),
    }


def main():
    draw = random.Random(1)
    truth = draw.choices(LABELS, [467, 56, 496, 895, 653, 415, 607], k=500)
    noisy = [label if draw.random() < 0.5 else draw.choice(LABELS) for label in truth]
    cases = [
        case("half right", truth, noisy),
        case("always happy", truth, [3] * len(truth)),
        case("two labels only", [0, 0, 1, 1, 1], [0, 1, 1, 1, 0]),
        case("all wrong", LABELS, LABELS[1:] + LABELS[:1]),
    ]
    path = pathlib.Path(__file__).parent / "golden" / "figures.json"
    path.write_text(json.dumps(cases, indent=1) + "\n")


main()
