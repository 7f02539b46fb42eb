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
# With factors rounded to eight bits of significand.
TOLERANCE_ROUNDED = 5e-2
# Layers of ferrum: filters of a convolution, whether it adds its input, whether half the pixels are pooled after.
LAYERS = [(24, False, True), (48, False, False), (48, True, True), (96, False, False), (96, True, False),
          (96, True, True), (192, False, False), (192, True, False)]
N_LABELS = 7


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu", choices=["cpu", "vulkan", "wgpu", "cuda", "metal"], help="of Ferrum; on a "
                        "GPU, PyTorch takes CUDA if it finds it")
    parser.add_argument("--kernel", action="append", help="a way of Ferrum's; several may be named (default: all that "
                        "the device has)")
    parser.add_argument("--precision", default="f32", choices=["f32", "bf16", "f16"], help="of Ferrum's products")
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
    tolerance = TOLERANCE if args.precision == "f32" else TOLERANCE_ROUNDED
    # Written so that what is not a number fails, too.
    return 0 if all(difference <= tolerance for difference in report["loss_differences"].values()) else 1


def compare(args):
    """Medians of all, and how far their losses are apart."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    TARGET.mkdir(parents=True, exist_ok=True)
    weights = TARGET / "step-weights.f32"
    rounding = ["native"] if args.device == "cpu" and args.precision == "bf16" else ["shifted", "unfolded"]
    exact = ["native"] if args.device == "cpu" else ["plain", "shifted", "unfolded"]
    kernels = args.kernel or (exact if args.precision == "f32" else rounding)
    ours = {f"ferrum {kernel}": Ours(args, weights, kernel) for kernel in kernels}
    first = torch.frombuffer(bytearray(weights.read_bytes()), dtype=torch.float32)
    on_gpu = args.device != "cpu" and torch.cuda.is_available()
    formats = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}
    theirs = {f"torch {name}": Theirs(first, args, order, on_gpu, False) for name, order in formats.items()}
    if on_gpu or args.precision == "bf16":
        theirs["torch channels last, bf16"] = Theirs(first, args, torch.channels_last, on_gpu, True)
    programs = ours | theirs
    losses = {name: program(2)["loss"] for name, program in programs.items()}
    width = max(map(len, programs))
    for name, loss in losses.items():
        print(f"{name:>{width}}: loss {loss:.5f} before the second step", file=sys.stderr)
    rounds = [{name: program(args.steps) for name, program in programs.items()} for _ in range(args.rounds)]
    for program in ours.values():
        program.close()
    median = lambda name, what: statistics.median(row[name][what] for row in rounds) / args.steps
    rates = {name: args.batch / median(name, "secs") for name in programs}
    host_ms = {name: 1000 * median(name, "handed_over") for name in ours}
    for name, rate in rates.items():
        host = f", {host_ms[name]:.1f} ms a step until all was handed to the device" if name in ours else ""
        print(f"{name:>{width}}: {rate:.0f} images/s{host}", file=sys.stderr)
    ratio = max(rates[name] for name in ours) / max(rates[name] for name in theirs)
    print(f"Ferrum does {ratio:.2f} times as many as PyTorch, each by its fastest way", file=sys.stderr)
    exact, first_kernel = [name for name in programs if "bf16" not in name], next(iter(ours))
    return {
        "torch": torch.__version__, "torch_device": "cuda" if on_gpu else "cpu", "threads": torch.get_num_threads(),
        "device": args.device, "precision": args.precision, "batch": args.batch, "side": args.side,
        "images_per_sec": rates, "host_ms_per_step": host_ms, "ratio": ratio,
        "loss_differences": {name: abs(losses[name] - losses[first_kernel]) for name in exact},
    }


class Ours:
    """Ferrum's steps, in a process of their own."""

    def __init__(self, args, weights, kernel):
        features = [] if args.device == "cpu" else ["--features", args.device]
        command = ["cargo", "run", "--quiet", "-p", "trainer-native", "--example", "step", *features, "--",
                   str(args.batch), str(args.side), str(weights), args.device, kernel, args.precision]
        self.process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self(0)  # now the weights are there

    def __call__(self, n_steps):
        self.process.stdin.write(f"{n_steps}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) != 3:
            sys.exit("expected seconds, twice, and loss of Ferrum's steps, got nothing: see what cargo said above")
        return dict(zip(["secs", "handed_over", "loss"], map(float, answer)))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


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
    """Steps in PyTorch, as `trainer-native/examples/step.rs` does them."""

    def __init__(self, weights, args, memory_format, on_gpu, bf16):
        device = "cuda" if on_gpu else "cpu"
        self.on_gpu, self.bf16 = on_gpu, bf16
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
        self.network.to(device=device, memory_format=memory_format)
        self.optimizer = torch.optim.SGD(self.network.parameters(), 0.01, momentum=0.9, nesterov=True)
        levels = torch.sin(torch.arange(args.batch * args.side**2, dtype=torch.float32) * 0.37)
        levels = levels.reshape(args.batch, 1, args.side, args.side)
        self.faces = levels.to(device).contiguous(memory_format=memory_format)
        self.labels = (torch.arange(args.batch) % N_LABELS).to(device)

    def __call__(self, n_steps):
        start = time.perf_counter()
        for _ in range(n_steps):
            self.optimizer.zero_grad()
            with torch.autocast("cuda" if self.on_gpu else "cpu", torch.bfloat16, enabled=self.bf16):
                loss = functional.cross_entropy(self.network(self.faces), self.labels)
            loss.backward()
            self.optimizer.step()
        value = loss.item()
        if self.on_gpu:
            torch.cuda.synchronize()
        return {"secs": time.perf_counter() - start, "loss": value}


if __name__ == "__main__":
    sys.exit(main())
