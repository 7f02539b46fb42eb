"""Writes tests/data/haar_goldens.json: what OpenCV finds in the shipped picture, and how it resizes.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install opencv-python-headless==4.14.0.94
    /tmp/goldens/bin/python vision/tests/make_goldens.py

Any OpenCV 4.x gives the same rectangles; 5.0 has no cascades any more.
"""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np

VISION = Path(__file__).parent.parent
PICTURE = VISION.parent / "www/samples/astronaut.png"
CASCADES = ["frontalface_default", "frontalface_alt", "frontalface_alt2"]
# Scale factor, neighbours, smallest size.
SETTINGS = [(1.1, 5, 30), (1.1, 0, 60), (1.3, 3, 30), (1.05, 2, 100)]
# From and to, width and height.
SIZES = [(9, 7, 5, 4), (9, 7, 9, 7), (16, 3, 11, 2), (5, 5, 13, 8), (1, 4, 3, 2), (31, 2, 23, 1)]


def detect(grey):
    """Sorted rectangles for each cascade and setting."""
    results = []
    for name in CASCADES:
        cascade = cv2.CascadeClassifier(str(VISION / f"cascades/haarcascade_{name}.xml"))
        for scale_factor, min_neighbors, min_size in SETTINGS:
            found = cascade.detectMultiScale(grey, scale_factor, min_neighbors, 0, (min_size, min_size))
            rects = sorted([int(side) for side in rect] for rect in found)
            setting = {"scale_factor": scale_factor, "min_neighbors": min_neighbors, "min_size": min_size}
            results.append({"cascade": name, **setting, "rects": rects})
    return results


def resize():
    """Random pictures before and after."""
    rng = np.random.default_rng(7)
    results = []
    for width, height, to_width, to_height in SIZES:
        before = rng.integers(0, 256, (height, width), dtype=np.uint8)
        after = cv2.resize(before, (to_width, to_height), interpolation=cv2.INTER_LINEAR_EXACT)
        results.append({"size": [width, height], "pixels": before.ravel().tolist(),
                        "to_size": [to_width, to_height], "to_pixels": after.ravel().tolist()})
    return results


def main():
    grey = cv2.cvtColor(cv2.imread(str(PICTURE), cv2.IMREAD_COLOR), cv2.COLOR_BGR2GRAY)
    goldens = {
        "opencv": cv2.__version__,
        "grey_sha256": hashlib.sha256(grey.tobytes()).hexdigest(),
        "detect": detect(grey),
        "resize": resize(),
    }
    text = json.dumps(goldens)
    text = text.replace('{"cascade"', '\n{"cascade"').replace('{"size"', '\n{"size"') + "\n"
    (VISION / "tests/data/haar_goldens.json").write_text(text)


if __name__ == "__main__":
    main()
