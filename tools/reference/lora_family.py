"""LoHa, LoKr, DoRA, (IA)3, OFT, full differences and Tucker's decomposition: files as LyCORIS and PEFT write them, and the weights
that these libraries merge or compute with, at scale 1 and 0.7. Needs lycoris-lora==4.1.3 and peft==0.21.2.

    python lora_family.py ../../import/src/test/resources/reference/lora/family

LyCORIS's `get_merged_weight` multiplies LoHa and LoKr by alpha / rank twice, its forward pass once; the numbers are those of the
forward pass."""
import os
import sys
import warnings

import torch
from peft import IA3Config, LoHaConfig, LoKrConfig, LoraConfig, OFTConfig, get_peft_model
from lycoris.modules.diag_oft import DiagOFTModule
from lycoris.modules.full import FullModule
from lycoris.modules.ia3 import IA3Module
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from lycoris.modules.norms import NormModule
from safetensors.torch import save_file
from torch import nn

import rule

ATTENTION = "down_blocks.0.attentions.0."
Q = ATTENTION + "transformer_blocks.0.attn1.to_q"  # [32, 32], no bias
V = ATTENTION + "transformer_blocks.0.attn1.to_v"
K = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"  # [48, 32], no bias
TEXT = "text_model.encoder.layers.0.self_attn.q_proj"
MODULES = {
    Q: lambda: nn.Linear(32, 32, bias=False), V: lambda: nn.Linear(32, 32, bias=False), K: lambda: nn.Linear(32, 48, bias=False),
    ATTENTION + "proj_in": lambda: nn.Conv2d(32, 32, 1), "conv_in": lambda: nn.Conv2d(4, 32, 3, padding=1), "conv_out": lambda: nn.Conv2d(32, 4, 3, padding=1),
    "conv_norm_out": lambda: nn.GroupNorm(16, 32), TEXT: lambda: nn.Linear(32, 32), "text_model.encoder.layers.1.layer_norm1": lambda: nn.LayerNorm(32)}
SCALES = (1.0, 0.7)
merged = {}


def module(name):
    return rule.fill(MODULES[name](), name + ".").requires_grad_(False)


def draw(parameters, prefix, size=0.3):
    """Values of the size that trained ones have, functions of their names."""
    with torch.no_grad():
        for name, p in parameters:
            p.copy_(p * 0 + rule.uniform(prefix + name, tuple(p.shape), centre=1.0 if "rescale" in name else 0.0, scale=size))


# ---------------------------------------------------------------- LyCORIS
def changed(lyco, layer, scale):
    """Weight and bias with which the forward pass computes: what it hands to the layer's operation beside the base."""
    if isinstance(lyco, (NormModule, FullModule)):
        w, b = lyco.get_merged_weight(scale)
        return w, b
    if isinstance(lyco, IA3Module):
        return lyco.get_merged_weight(scale)[0], None
    seen, lyco.multiplier, op = [], scale, lyco.op
    lyco.op = lambda x, weight=None, bias=None, **kw: seen.append(weight) or torch.zeros(())
    lyco(torch.zeros(1, layer.in_features) if isinstance(layer, nn.Linear) else torch.zeros(1, layer.in_channels, 4, 4))
    lyco.op = op
    return layer.weight + seen[0], None


@torch.no_grad()
def lycoris(out, tag, *cases, text_prefix="lora_te_"):
    sd = {}
    for name, kind, kw in cases:
        layer, key = module(name), (text_prefix if name.startswith("text_model") else "lora_unet_") + name.replace(".", "_")
        size = kw.pop("size", 0.3)
        lyco = kind(key, layer, **kw).requires_grad_(False).eval()
        if kind is FullModule:
            lyco.apply_to()  # from here on its weights are whole, its file has the differences
        lengths = {n: p.clone() for n, p in lyco.named_parameters() if n == "dora_scale"}
        draw(lyco.named_parameters(), tag + "/" + name + ".", size)
        for n, p in lengths.items():
            lyco.dora_scale.copy_(p * (1 + rule.uniform(tag + name + n, tuple(p.shape), scale=0.2)))
        for n, p in lyco.state_dict().items():
            sd[key + "." + n] = p.clone().contiguous()
        for scale in SCALES:
            weight, bias = changed(lyco, layer, scale)
            merged[f"{tag}/{name}.weight@{scale}"] = weight.clone().contiguous()
            if bias is not None:
                merged[f"{tag}/{name}.bias@{scale}"] = bias.clone().contiguous()
    save_file(sd, os.path.join(out, tag + ".safetensors"))
    return sd


# ---------------------------------------------------------------- PEFT
class Tree(nn.Module):
    """Modules under dotted names."""
    def __init__(self, names):
        super().__init__()
        for name in names:
            *path, last = name.split("."); node = self
            for part in path:
                if not hasattr(node, part):
                    node.add_module(part, nn.Module())
                node = getattr(node, part)
            node.add_module(last, module(name))

    def forward(self, x):
        return x


def peft(out, tag, config, *names, size=0.3, scales=(1.0,)):
    model = get_peft_model(Tree(names), config)
    with torch.no_grad():
        for n, p in model.named_parameters():
            if p.requires_grad:
                one = "ia3_l" in n
                old = p.clone()
                p.copy_(rule.uniform(tag + "/" + n, tuple(p.shape), centre=1.0 if one else 0.0, scale=size))
                if "magnitude" in n:
                    p.copy_(old * (1 + rule.uniform(tag + n, tuple(p.shape), scale=0.2)))
    model.save_pretrained(os.path.join(out, tag))
    os.remove(os.path.join(out, tag, "README.md"))
    plain = model.base_model.model.state_dict()
    for scale in scales:
        for name in names:
            node = model.base_model.model.get_submodule(name)
            if scale != 1:
                node.set_scale("default", scale)
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            model.merge_adapter()
            for name in names:
                node = model.base_model.model.get_submodule(name)
                merged[f"{tag}/{name}.weight@{scale}"] = node.base_layer.weight.detach().clone().contiguous()
                if node.base_layer.bias is not None and not getattr(node, "is_feedforward", True):
                    merged[f"{tag}/{name}.bias@{scale}"] = node.base_layer.bias.detach().clone()
                node.merged_adapters.clear()
                node.base_layer.load_state_dict({k: v for k, v in module(name).state_dict().items()})


def main(out):
    os.makedirs(out, exist_ok=True)
    lycoris(out, "lycoris_locon", ("conv_in", LoConModule, dict(lora_dim=3, alpha=2, use_tucker=True)), (ATTENTION + "proj_in", LoConModule, dict(lora_dim=2, alpha=1)), text_prefix="lora_te1_")
    lycoris(out, "lycoris_loha", (K, LohaModule, dict(lora_dim=3, alpha=1)), ("conv_in", LohaModule, dict(lora_dim=2, alpha=1)), ("conv_out", LohaModule, dict(lora_dim=2, alpha=1, use_tucker=True, size=0.7)))
    lycoris(out, "lycoris_lokr", (K, LokrModule, dict(lora_dim=2, alpha=1, factor=4)), (TEXT, LokrModule, dict(lora_dim=1, alpha=2, decompose_both=True)),
            ("conv_in", LokrModule, dict(lora_dim=2, alpha=1, full_matrix=True)), ("conv_out", LokrModule, dict(lora_dim=2, alpha=1, use_tucker=True, size=0.7)), text_prefix="lora_te1_")
    lycoris(out, "lycoris_dora", (Q, LoConModule, dict(lora_dim=2, alpha=1, weight_decompose=True)), (K, LoConModule, dict(lora_dim=2, alpha=1, weight_decompose=True, wd_on_out=False)),
            ("conv_out", LohaModule, dict(lora_dim=2, alpha=1, weight_decompose=True)), ("conv_in", LokrModule, dict(lora_dim=2, alpha=1, factor=2, weight_decompose=True, wd_on_out=False)))
    lycoris(out, "lycoris_ia3", (K, IA3Module, dict(train_on_input=True)), (TEXT, IA3Module, {}), ("conv_in", IA3Module, {}), ("conv_out", IA3Module, dict(train_on_input=True)))
    lycoris(out, "lycoris_oft", (K, DiagOFTModule, dict(lora_dim=6)), ("conv_in", DiagOFTModule, dict(lora_dim=4, constraint=0.05, rescaled=True)), (TEXT, DiagOFTModule, dict(lora_dim=8, rescaled=True)))
    lycoris(out, "lycoris_full", (ATTENTION + "proj_in", FullModule, {}), ("conv_norm_out", NormModule, {}), ("text_model.encoder.layers.1.layer_norm1", NormModule, {}))
    diag(out)

    loha = LoHaConfig(r=2, alpha=3, target_modules=["to_q", "conv_out"], use_effective_conv2d=True, rank_pattern={"conv_out": 3}, alpha_pattern={"to_q": 1})
    peft(out, "peft_loha", loha, Q, "conv_out", scales=SCALES, size=0.7)
    lokr = LoKrConfig(r=1, alpha=3, target_modules=["to_q", "to_v", "conv_out"], use_effective_conv2d=True, decompose_both=True, rank_pattern={"to_v": 16})
    peft(out, "peft_lokr", lokr, Q, V, "conv_out", scales=SCALES)
    peft(out, "peft_dora", LoraConfig(r=2, lora_alpha=3, use_dora=True, target_modules=["to_q", "to_k", "conv_in"]), Q, K, "conv_in", scales=SCALES)
    peft(out, "peft_ia3", IA3Config(target_modules=["to_k", "q_proj", "proj_in"], feedforward_modules=["to_k", "proj_in"]), K, TEXT, ATTENTION + "proj_in")
    peft(out, "peft_oft", OFTConfig(oft_block_size=8, target_modules=["to_k", "conv_out"]), K, "conv_out", size=0.1)
    peft(out, "peft_oft_exact", OFTConfig(oft_block_size=4, block_share=True, use_cayley_neumann=False, coft=True, eps=0.5, target_modules=["to_q", "conv_in"]), Q, "conv_in")
    few = {k: v if k.endswith("@1.0") else v.flatten()[::4].contiguous() for k, v in merged.items()}  # of the other scale every fourth element
    save_file(few, os.path.join(out, "merged.safetensors"))


@torch.no_grad()
def diag(out):
    """The rotations themselves, as LyCORIS wrote them before 3.0."""
    layer = module(Q)
    lyco = DiagOFTModule("x", layer, lora_dim=4, constraint=0.02).requires_grad_(False).eval()
    draw(lyco.named_parameters(), "lycoris_oft_diag/")
    save_file({"lora_unet_" + Q.replace(".", "_") + ".oft_diag": lyco.get_r().contiguous()}, os.path.join(out, "lycoris_oft_diag.safetensors"))
    for scale in SCALES:
        merged[f"lycoris_oft_diag/{Q}.weight@{scale}"] = changed(lyco, layer, scale)[0].contiguous()


if __name__ == "__main__":
    main(sys.argv[1])
