"""Pictures scaled by PyTorch: bilinear with antialiasing, which is what torchvision's Resize does.
usage: make_resize.py OUT.safetensors"""
import pathlib
import sys

import torch

from recording import save
from rule import uniform

picture = uniform("input.resize", (1, 3, 11, 7), scale=1.0)
sizes = {"down": (5, 4), "up": (16, 14), "mixed": (8, 9), "same": (11, 7)}
save(pathlib.Path(sys.argv[1]), {
    name: torch.nn.functional.interpolate(picture.double(), size, mode="bilinear", antialias=True, align_corners=False)
    for name, size in sizes.items()})
