"""Digests of the weights that diffusers gives a UNet and an autoencoder before they have learnt anything, and the spread
of those that transformers gives a text encoder. usage: initial_weights.py MODEL_FOLDER (only its configurations are read)"""
import hashlib, sys
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

folder = sys.argv[1]


def digest(model):
    sha = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        sha.update(name.encode())
        sha.update(tensor.contiguous().numpy().tobytes())
    return sha.hexdigest()


for kind, part in ((UNet2DConditionModel, "unet"), (AutoencoderKL, "vae")):
    torch.manual_seed(42)
    print(part, digest(kind.from_config(kind.load_config(folder, subfolder=part))))
torch.manual_seed(42)
text = CLIPTextModel(CLIPTextConfig.from_pretrained(folder, subfolder="text_encoder"))
for name, tensor in text.state_dict().items():
    if "layers.1" in name or "layers" not in name:
        print(name, tuple(tensor.shape), f"mean {tensor.mean():.5f} std {tensor.std():.5f}")
