"""Times both sides in one run and prints a table in Markdown."""
import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODEL = HERE / ".model"
SD15 = HERE.parent.parent / "sd15"
CASES = {
    "unet-1": ["unet", "--batch", "1"],
    "unet-2": ["unet", "--batch", "2"],
    "unet-1-bfloat16": ["unet", "--batch", "1", "--precision", "bfloat16"],
    "vae": ["vae", "--batch", "1"],
    "text": ["text", "--batch", "1"],
    "train-lora": ["train-lora", "--batch", "1"],
    "train-full": ["train-full", "--batch", "1"],
}
# A JVM compiles while it runs: what takes a tenth of a second is at its speed after a dozen runs. Both sides get as many.
LEAST_RUNS = {"text": 30}


def measure(command):
    found = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if found.returncode != 0:
        message = (found.stderr.strip() or "no message").splitlines()[-1]
        print(f"{command[0]}: {message}", file=sys.stderr)
        return None
    return json.loads(found.stdout.strip().splitlines()[-1])


def row(name, runs):
    options = [*CASES[name], "--runs", max(runs, LEAST_RUNS.get(name, 0)), "--model", MODEL]
    ours = measure([SD15, "bench", *options, "--json"])
    theirs = measure([sys.executable, HERE / "peer.py", *options])
    if ours is None or theirs is None:
        return f"| {name} | not measured |"
    a, b = min(ours["seconds"]), min(theirs["seconds"])
    cells = [
        f"{a:.2f} s, {ours['peak_rss_gb']:.1f} GB", f"{b:.2f} s, {theirs['peak_rss_gb']:.1f} GB",
        f"{a / b:.2f}x", f"{ours['peak_rss_gb'] / theirs['peak_rss_gb']:.2f}x",
        f"{ours['load_seconds']:.1f} s / {theirs['load_seconds']:.1f} s",
    ]
    return f"| {name} ({ours['execution']}, {ours['precision']}) | " + " | ".join(cells) + " |"


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("cases", nargs="*", help=f"of {', '.join(CASES)} (default: all)")
    arguments.add_argument("--runs", type=int, default=3)
    a = arguments.parse_args()
    unknown = [name for name in a.cases if name not in CASES]
    if unknown:
        arguments.error(f"unknown: {', '.join(unknown)}")
    subprocess.run([sys.executable, "-c", "import pathlib, model; model.write(pathlib.Path('.model'))"], cwd=HERE, check=True)
    print("| work | here | PyTorch | time | memory | loading |\n|---|---|---|---|---|---|")
    for name in a.cases or CASES:
        print(row(name, a.runs), flush=True)


if __name__ == "__main__":
    main()
