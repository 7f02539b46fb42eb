"""Times training steps of `ferrum` beside the same steps in PyTorch, in turns. How to call it: ../README.md"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional

ROOT = pathlib.Path(__file__).resolve().parents[3]
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
# Tolerance of the losses: sums of thousands of products in single precision, in another order, and some steps on end.
TOLERANCE = 1e-2
# Layers of ferrum: filters of a convolution, whether it adds its input, whether half the pixels are pooled after.
LAYERS = [(24, False, True), (48, False, False), (48, True, True), (96, False, False), (96, True, False),
          (96, True, True), (192, False, False), (192, True, False)]
N_LABELS = 7


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=128, help="pictures a step")
    parser.add_argument("--side", type=int, default=44, help="of the pictures, pixels")
    parser.add_argument("--steps", type=int, default=5, help="of each program at a time")
    parser.add_argument("--rounds", type=int, default=7, help="of which the medians are taken")
    parser.add_argument("--json", type=pathlib.Path, help="write the report there too")
    args = parser.parse_args()
    report = compare(args)
    print(json.dumps(report))
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n")
    # Written so that what is not a number fails, too.
    return 0 if report["loss_difference"] <= TOLERANCE else 1


def compare(args):
    """Medians of both, and how far their losses are apart."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    TARGET.mkdir(parents=True, exist_ok=True)
    weights = TARGET / "step-weights.f32"
    command = ["cargo", "run", "--quiet", "-p", "model-core", "--example", "step", "--"]
    ferrum = subprocess.Popen([*command, str(args.batch), str(args.side), str(weights)], cwd=ROOT, text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ours(n_steps):
        ferrum.stdin.write(f"{n_steps}\n")
        ferrum.stdin.flush()
        answer = ferrum.stdout.readline().split()
        if len(answer) != 2:
            sys.exit("expected seconds and loss of Ferrum's steps, got nothing: see what cargo said above")
        return tuple(map(float, answer))

    ours(0)  # now the weights are there
    first = torch.frombuffer(bytearray(weights.read_bytes()), dtype=torch.float32)
    formats = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}
    programs = {"ferrum": ours, **{name: Theirs(first, args, order) for name, order in formats.items()}}
    losses = {name: program(2)[1] for name, program in programs.items()}
    for name, loss in losses.items():
        print(f"{name:>13}: loss {loss:.5f} before the second step", file=sys.stderr)
    rounds = [{name: program(args.steps)[0] for name, program in programs.items()} for _ in range(args.rounds)]
    ferrum.stdin.close()
    ferrum.wait()
    rates = {name: args.batch * args.steps / statistics.median(row[name] for row in rounds) for name in programs}
    for name, rate in rates.items():
        print(f"{name:>13}: {rate:.0f} images/s", file=sys.stderr)
    theirs = max(rates[name] for name in formats)
    print(f"Ferrum does {rates['ferrum'] / theirs:.2f} times as many as the faster PyTorch", file=sys.stderr)
    return {
        "torch": torch.__version__, "threads": torch.get_num_threads(), "batch": args.batch, "side": args.side,
        "images_per_sec": rates, "ratio": rates["ferrum"] / theirs,
        "loss_difference": max(abs(loss - losses["ferrum"]) for loss in losses.values()),
    }


class Conv(nn.Module):
    """Convolution, normalisation, perhaps the input, ReLU, perhaps pooling."""

    def __init__(self, n_in, n_out, adds_input, pools):
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(n_out)
        self.adds_input, self.pools = adds_input, pools

    def forward(self, x):
        y = self.norm(self.conv(x))
        y = functional.relu(y + x if self.adds_input else y)
        return functional.max_pool2d(y, 2) if self.pools else y


class Theirs:
    """Steps in PyTorch, as `model-core/examples/step.rs` does them."""

    def __init__(self, weights, args, memory_format):
        widths = [1, *(layer[0] for layer in LAYERS)]
        features = [Conv(n_in, *layer) for n_in, layer in zip(widths, LAYERS)]
        head = nn.Linear(widths[-1], N_LABELS)
        self.network = nn.Sequential(*features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)
        shapes = [layer.conv.weight.shape for layer in features] + [head.weight.T.shape, head.bias.shape]
        parts = weights.split([shape.numel() for shape in shapes])
        tensors = [part.reshape(shape).clone() for part, shape in zip(parts, shapes)]
        with torch.no_grad():
            for layer, filters in zip(features, tensors):
                layer.conv.weight.copy_(filters)
            head.weight.copy_(tensors[-2].T)
            head.bias.copy_(tensors[-1])
        self.network.to(memory_format=memory_format)
        self.optimizer = torch.optim.SGD(self.network.parameters(), 0.01, momentum=0.9, nesterov=True)
        levels = torch.sin(torch.arange(args.batch * args.side**2, dtype=torch.float32) * 0.37)
        self.faces = levels.reshape(args.batch, 1, args.side, args.side).contiguous(memory_format=memory_format)
        self.labels = torch.arange(args.batch) % N_LABELS

    def __call__(self, n_steps):
        start = time.perf_counter()
        for _ in range(n_steps):
            self.optimizer.zero_grad()
            loss = functional.cross_entropy(self.network(self.faces), self.labels)
            loss.backward()
            self.optimizer.step()
            value = loss.item()
        return time.perf_counter() - start, value


if __name__ == "__main__":
    sys.exit(main())
