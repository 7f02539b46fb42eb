"""Reads the exports in this folder as researchers would, and checks that they say the same.

Arguments: docs/analysis.md and docs/session.schema.json.
"""

import io
import json
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path

import jsonschema
import pandas as pd
import pympi

analysis, schema = map(Path, sys.argv[1:])
NAME = 'Anna #1, "=x"'
MICROSECOND = 1e-6

# The guide, as it stands there.
code = "\n".join(re.findall(r"```python\n(.*?)```", analysis.read_text(encoding="utf-8"), re.DOTALL))
variables = {}
with redirect_stdout(io.StringIO()) as printed:
    exec(compile(code, str(analysis), "exec"), variables)
assert Path("happy.png").stat().st_size > 1000, "the guide makes a figure"
assert "Person 2 1500 2500 surprise" in printed.getvalue(), printed.getvalue()

# Frames: a row for each, with or without a face.
frames, seen = variables["frames"], variables["seen"]
assert frames["frame"].drop_duplicates().tolist() == list(range(1, 33)), frames
assert frames[frames["frame"] > 30]["person"].isna().all(), "nobody is there at the end"
assert set(seen[seen["person"] == 1]["name"]) == {NAME}, seen["name"]
labels = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
for columns in (labels, [f"smoothed_{label}" for label in labels]):
    assert (seen[columns].sum(axis=1) - 1).abs().max() < 1e-5
with open("interview.csv", encoding="utf-8") as file:
    provenance = json.loads(file.readline().removeprefix("# "))
assert provenance["file_name"] == "interview.mp4" and len(provenance["weights_sha256"]) == 64, provenance

# The summary counts what the frames say.
whole, read = variables["whole"], variables["read"]
for (person, label), secs in read.groupby(["person", "label"])["secs"].sum().items():
    row = whole.loc[(person, label)]
    assert abs(row["secs"] - secs) < 40 * MICROSECOND, (person, label, row["secs"], secs)
    own = read[read["person"] == person]
    if label != "unsure":
        mean = (own[label] * own["secs"]).sum() / own["secs"].sum()
        assert abs(row["mean_probability"] - mean) < 2e-6, (person, label, row["mean_probability"], mean)
assert variables["transitions"].loc[1].loc["happy", "to_sad"] == 1

# ELAN's tiers have the dwells of the summary.
eaf = pympi.Elan.Eaf("interview.eaf")
assert eaf.get_tier_names() == {NAME, "Person 2"} or list(eaf.get_tier_names()) == [NAME, "Person 2"]
assert eaf.get_annotation_data_for_tier(NAME) == [
    (0, 1000, "happy"),
    (1000, 1500, "unsure"),
    (1500, 2000, "sad"),
    (2500, 3000, "happy"),
], eaf.get_annotation_data_for_tier(NAME)
assert ("ferrum:file_name", "interview.mp4") in eaf.properties, eaf.properties
assert eaf.get_linked_files()[0]["RELATIVE_MEDIA_URL"] == "./interview.mp4"

# The session is as its schema says.
session = json.loads(Path("interview-session.json").read_text(encoding="utf-8"))
jsonschema.Draft202012Validator(json.loads(schema.read_text(encoding="utf-8"))).validate(session)
assert len(session["frames"]) == 32 and session["edits"]["names"] == {"1": NAME}
