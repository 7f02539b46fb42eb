"""Writes golden/calibration.json: logits, and what scikit-learn, SciPy and NumPy make of them.

pip install scikit-learn==1.* scipy==1.*; python trainer-native/tests/make_calibration.py
"""

import json
import pathlib

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.metrics import brier_score_loss, log_loss

N_BINS = 15
MOST_ERROR = 0.1


def cross_entropy(logits, shares, temperature):
    return -(shares * log_softmax(logits / temperature, axis=1)).sum(axis=1).mean()


def fit(logits, shares):
    found = minimize_scalar(
        lambda log_t: cross_entropy(logits, shares, np.exp(log_t)),
        bounds=(np.log(0.05), np.log(20)),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return float(np.exp(found.x))


def ece(confidence, right):
    edges = np.linspace(0, 1, N_BINS + 1)
    bins = np.digitize(confidence, edges, right=True) - 1
    error, counts = 0.0, []
    for b in range(N_BINS):
        inside = bins == b
        counts.append(int(inside.sum()))
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return error, counts


def sure(confidence, right):
    """Coverage and error of the longest run of surest pictures whose error is small enough; confidences differ."""
    wrong = np.cumsum(~right[np.argsort(-confidence)])
    n = np.arange(1, len(wrong) + 1)
    fits = np.flatnonzero(wrong / n <= MOST_ERROR)
    risks = wrong / n
    if len(fits) == 0:
        return None, risks.mean()
    last = fits[-1]
    return {"coverage": n[last] / len(n), "error": risks[last]}, risks.mean()


def of_labels(name, logits, labels):
    classes = list(range(logits.shape[1]))
    shares = np.eye(logits.shape[1])[labels]
    temperature = fit(logits, shares)
    figures = []
    for t in (1.0, temperature):
        p = softmax(logits / t, axis=1)
        confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
        error, counts = ece(confidence, right)
        figures.append({
            "nll": log_loss(labels, p, labels=classes),
            "brier": brier_score_loss(labels, p, labels=classes, scale_by_half=False),
            "ece": error,
            "counts": counts,
        })
    assert len(np.unique(confidence)) == len(confidence), "equal confidences have no order"
    found, aurc = sure(confidence, right)
    return {
        "name": name,
        "logits": logits.tolist(),
        "labels": labels.tolist(),
        "temperature": temperature,
        "before": figures[0],
        "after": figures[1],
        "aurc": aurc,
        "sure": found,
    }


def of_votes(name, logits, votes):
    shares = votes / votes.sum(axis=1, keepdims=True)
    temperature = fit(logits, shares)
    before, after = (cross_entropy(logits, shares, t) for t in (1.0, temperature))
    return {
        "name": name,
        "logits": logits.tolist(),
        "votes": votes.tolist(),
        "temperature": temperature,
        "before": before,
        "after": after,
    }


def draw_logits(draw, labels, n_classes, signal, scale):
    """Noise with a bump where the label is; whole 64ths, which decimals and single precision both hold."""
    logits = draw.normal(size=(len(labels), n_classes))
    logits[np.arange(len(labels)), labels] += signal
    return np.round(64 * scale * logits) / 64


def main():
    draw = np.random.default_rng(1)
    labels = draw.integers(0, 7, size=160)
    votes = draw.multinomial(10, draw.dirichlet(np.full(8, 0.4), size=80))
    golden = {
        "of_labels": [
            of_labels("too sure", draw_logits(draw, labels, 7, 1.5, 3.0), labels),
            of_labels("not sure enough", draw_logits(draw, labels, 7, 4.0, 0.5), labels),
            of_labels("knows nothing", draw_logits(draw, labels, 7, 0.0, 1.0), labels),
        ],
        "of_votes": [of_votes("ten raters", draw_logits(draw, votes.argmax(axis=1), 8, 1.5, 2.0), votes)],
    }
    path = pathlib.Path(__file__).parent / "golden" / "calibration.json"
    path.write_text(json.dumps(golden) + "\n")


main()
