"""Stores a diffusers folder in half precision: python embed_model.py IN OUT

Every float32 tensor is rounded to float16 (to nearest, ties to even); names, order, configuration and tokenizer stay as they are.
Made the model that the examples carry out of the one that the tests of sd15-pipeline compare with diffusers."""
import json, shutil, sys
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

source, target = Path(sys.argv[1]), Path(sys.argv[2])
for path in sorted(source.rglob("*")):
    out = target / path.relative_to(source)
    if path.is_dir():
        continue
    out.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".safetensors":
        with safe_open(path, "pt") as f:
            save_file({k: f.get_tensor(k).half() for k in f.keys()}, out, f.metadata())
    else:
        shutil.copyfile(path, out)
