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
    "picture": ["picture", "--steps", "20"],
    "picture-bfloat16": ["picture", "--steps", "20", "--precision", "bfloat16"],
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
ENGINES = ("pytorch", "openvino", "onnxruntime")


def measure(command):
    found = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if found.returncode != 0:
        message = (found.stderr.strip() or "no message").splitlines()[-1]
        print(f"{command[0]}: {message}", file=sys.stderr)
        return None
    return json.loads(found.stdout.strip().splitlines()[-1])


def seconds(found):
    return min(found.get("seconds") or [found["total_seconds"]])


def cell(found):
    return "-" if found is None else f"{seconds(found):.2f} s, {found['peak_rss_gb']:.1f} GB"


def options(name, runs):
    if name.startswith("picture"):  # one from nothing to pixels, of the files that most people have
        return [*CASES[name], "--model", MODEL / "float16"]
    return [*CASES[name], "--model", MODEL / "float32", "--runs", max(runs, LEAST_RUNS.get(name, 0))]


def row(name, runs, engines):
    ours = measure([SD15, "bench", *options(name, runs), "--json"])
    able = engines if name.startswith(("unet", "vae", "text")) else engines[:1]
    theirs = {
        engine: measure([sys.executable, HERE / "peer.py", *options(name, runs), "--engine", engine]) for engine in able}
    peers = [found for found in theirs.values() if found is not None]
    if ours is None or not peers:
        return f"| {name} | not measured |"
    best = min(peers, key=seconds)
    least = min(found["peak_rss_gb"] for found in peers)
    cells = [
        cell(ours), *(cell(theirs.get(engine)) for engine in engines),
        f"{seconds(ours) / seconds(best):.2f}x", f"{ours['peak_rss_gb'] / least:.2f}x",
        " / ".join(f"{found['load_seconds']:.1f} s" for found in (ours, *peers)),
    ]
    return f"| {name} ({ours['execution']}, {ours['precision']}) | " + " | ".join(cells) + " |"


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("cases", nargs="*", help=f"of {', '.join(CASES)} (default: all)")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--engines", default=",".join(ENGINES), help="pytorch first; the others infer only")
    a = arguments.parse_args()
    unknown = [name for name in a.cases if name not in CASES]
    if unknown:
        arguments.error(f"unknown: {', '.join(unknown)}")
    subprocess.run([sys.executable, "-c", "import pathlib, model; model.write(pathlib.Path('.model'))"], cwd=HERE, check=True)
    engines = a.engines.split(",")
    print(f"| work | here | {' | '.join(engines)} | time to the best | memory to the least | loading |")
    print("|---" * (5 + len(engines)) + "|")
    for name in a.cases or CASES:
        print(row(name, a.runs, engines), flush=True)


if __name__ == "__main__":
    main()
