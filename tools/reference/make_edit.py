"""Reference numbers for prompt-to-prompt and for heat maps of words.

    git clone https://github.com/cure-lab/PnPInversion PNP      (commit 07f97f4)
    python make_edit.py --pnp PNP --tokenizer sd15-pipeline/src/test/resources/reference/tokenizer \
        --out sd15-pipeline/src/test/resources/reference/edit

PnPInversion carries google/prompt-to-prompt's aligner unchanged and its attention controllers as importable files. Prompts, gates, edited
maps and masks are computed by that code; heat maps and resizing by torch.nn.functional.interpolate. Inputs are functions of their names
(rule.py), so only results are stored: edit.json and edit.safetensors. transformers 5.23, torch 2.15."""
import argparse
import json
import pathlib
import random
import sys
import types

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import CLIPTokenizer

from rule import uniform

KEYS = 77
PAIRS = [  # published examples and what is hard about them
    ("A painting of a squirrel eating a burger", "A painting of a lion eating a burger"),
    ("A painting of a squirrel eating a burger", "A painting of a squirrel eating a lasagna"),
    ("A painting of a squirrel eating a burger", "A neoclassical painting of a squirrel eating a burger"),
    ("a cat sitting next to a mirror", "a silver cat sculpture sitting next to a mirror"),
    ("a cat sitting next to a mirror", "a tiger sitting next to a mirror"),
    ("a photo of a house on a mountain", "a photo of a house on a mountain at fall"),
    ("a photo of a cat", "a photo of a cat"),
    ("a photo of a cat", "a photo of a hippopotamus"),
    ("a photo of a hippopotamus on grass", "a photo of a cat on grass"),
    ("soup", "a soup with croutons"),
    ("a cake, with jelly beans", "a hippopotamus, with jelly croutons"),
    ("the cat and the cat", "the cat and the dog and the cat"),
    ("", "a cat"),
]
VOCABULARY = "a the red blue cat dog hippopotamus croutons cherry blossom, on grass neoclassical lasagna (old) don't 42 of with and".split()
CASES = [  # prompts, replace, gates of cross attention, weights by target, steps
    (["a photo of a cat", "a photo of a hippopotamus"], True, 0.8, [{}], 10),
    (["a photo of a hippopotamus on grass", "a photo of a cat on grass", "a photo of a dog on snow"], True,
     {"default_": 0.4, "grass": (0.2, 0.7)}, [{}, {}], 10),
    (["a photo of a house on a mountain", "a photo of a house on a mountain at fall"], False, {"default_": 0.6, "fall": (0.0, 1.0)},
     [{"fall": 2.5, "house": 0.25}], 20),
    (["a soup", "a soup with croutons", "a cold soup"], False, {"soup": 0.3}, [{"croutons": -2.0}, {"cold": 3.0}], 7),
]


def off_identity(matrix):
    return [[i, j, matrix[i, j].item()] for i, j in (matrix - torch.eye(KEYS)).nonzero().tolist()]


def words(tokenizer, aligner):
    found = []
    for prompt in sorted({p for pair in PAIRS for p in pair}):
        for word in sorted(set(prompt.split(" "))) + ["cake", "Cat"]:
            found.append([prompt, word, aligner.get_word_inds(prompt, word, tokenizer).tolist()])
    return found


def alignments(tokenizer, aligner):
    draw = random.Random(1)
    pairs = list(PAIRS)
    for _ in range(60):
        source = [draw.choice(VOCABULARY) for _ in range(draw.randint(1, 9))]
        target = list(source)
        for _ in range(draw.randint(0, 4)):
            at = draw.randrange(len(target) + 1)
            kind = draw.choice("srr-+")
            if kind == "+" or not target[at:]:
                target.insert(at, draw.choice(VOCABULARY))
            elif kind == "-" and len(target) > 1:
                del target[at]
            else:
                target[at] = draw.choice(VOCABULARY)
        pairs.append((" ".join(source), " ".join(target)))
    out = []
    for source, target in pairs:
        mapper, alphas = aligner.get_mapper(source, target, tokenizer)
        length = len(tokenizer.encode(target))
        assert mapper[length:].tolist() == list(range(length, KEYS)) and alphas[length:].all()
        entry = dict(source=source, target=target, refine=[m if a else -1 for m, a in zip(mapper[:length].tolist(), alphas.tolist())])
        if len(source.split(" ")) == len(target.split(" ")):
            entry["replace"] = off_identity(aligner.get_replacement_mapper_(source, target, tokenizer))
        out.append(entry)
    return out


def gates(tokenizer, pnp):
    out = []
    for steps in (3, 10, 20, 50, 100):
        for low, high in ((0.0, 0.4), (0.0, 0.6), (0.0, 0.8), (0.2, 0.5), (0.0, 1.0), (0.0, 0.0), (0.3, 0.3), (0.1, 0.99)):
            alpha = pnp.get_time_words_attention_alpha(["a", "b"], steps, {"default_": (low, high)}, tokenizer)[:steps, 0, 0, 0, 5]
            self_gate = pnp.AttentionReplace(["a", "b"], steps, 0.0, (low, high), tokenizer=tokenizer, device="cpu").num_self_replace
            out.append(dict(steps=steps, low=low, high=high, cross=alpha.nonzero().flatten().tolist(),
                            self=[k for k in range(steps) if self_gate[0] <= k < self_gate[1]]))
    return out


def controller(prompts, replace, cross, weights, steps, tokenizer, pnp):
    """The gates are set afterwards: these classes lose the tokenizer on the way to them."""
    kind = pnp.AttentionReplace if replace else pnp.AttentionRefine
    edit = kind(prompts, steps, 0.0, 0.5, tokenizer=tokenizer, device="cpu")
    if any(weights):
        rows = [pnp.get_equalizer(p, list(w), list(w.values()), tokenizer) for p, w in zip(prompts[1:], weights)]
        edit = pnp.AttentionReweight(prompts, steps, 0.0, 0.5, torch.cat(rows), controller=edit, device="cpu")
    edit.cross_replace_alpha = pnp.get_time_words_attention_alpha(prompts, steps, cross, tokenizer)
    return edit


def edited(tokenizer, pnp):
    """Two heads, two pixels; every row of the conditional half. The input of case c is uniform(f"edit.{c}")."""
    out = []
    for number, (prompts, replace, cross, weights, steps) in enumerate(CASES):
        attention = (uniform(f"edit.{number}", (len(prompts) * 2, 2, KEYS), scale=1.0) + 1) / 2
        results = []
        for step in range(steps):
            edit = controller(prompts, replace, dict(cross) if isinstance(cross, dict) else cross, weights, steps, tokenizer, pnp)
            edit.cur_step = step
            result = edit.forward(attention.clone(), True, "down").reshape(len(prompts), 2, 2, KEYS)
            results.append(result)
        stacked = torch.stack(results)  # [steps, rows, heads, pixels, keys]
        distinct, index = torch.unique(stacked, dim=0, return_inverse=True)
        out.append((dict(prompts=prompts, replace=replace, cross=cross, weights=weights, steps=steps, index=index.tolist()), distinct))
    return out


def bumps(name, rows, heads, side, power=2):
    """Noise under a bump whose place depends on the row and the token: attention with something to see in it."""
    noise = ((uniform(name, (rows, heads, side * side, KEYS), scale=1.0).double() + 1) / 2) ** power
    y, x = torch.arange(side).repeat_interleave(side)[:, None], torch.arange(side).repeat(side)[:, None]
    row, token = torch.arange(rows)[:, None, None], torch.arange(KEYS)[None, None]
    distance = (y - (3 * token + 2 * row) % side) ** 2 + (x - (5 * token + row) % side) ** 2
    return (noise / (1 + distance[:, None] / 10.0)).float()


def blends(tokenizer, pnp):
    """Five steps of five sites; from [0 in the source, 1 in the targets] the blend makes its own mask."""
    prompts = ["a photo of a cat on grass", "a photo of a hippopotamus on grass", "a photo of a dog on red grass"]
    out = []
    for kept in (None, ["grass", "grass", "grass"]):
        blend = pnp.LocalBlend(prompts, ["cat", "hippopotamus", "dog"], kept, start_blend=0.4, tokenizer=tokenizer, device="cpu", num_ddim_steps=5)
        store, masks = None, []
        for step in range(5):
            maps = [bumps(f"blend.{step}.{site}", 3, 2, 16).reshape(6, 256, KEYS) for site in range(5)]
            store = maps if store is None else [a + b for a, b in zip(store, maps)]
            latents = torch.ones(3, 1, 64, 64)
            latents[0] = 0
            none = torch.zeros(6, 1, KEYS)  # the first two of the lower maps are of another size
            mask = blend(latents, {"down_cross": [none, none] + store[:2], "up_cross": store[2:]})[1:, 0]
            small = mask[:, ::4, ::4]  # nearest up-sampling: squares of 4x4
            assert ((mask == 0) | (mask == 1)).all() and (mask == small.repeat_interleave(4, 1).repeat_interleave(4, 2)).all()
            masks.append([["".join(str(int(v)) for v in row) for row in target] for target in small])
        out.append(dict(prompts=prompts, words=["cat", "hippopotamus", "dog"], kept=kept, masks=masks))
    return out


def heat():
    """Three steps on latents of 12x8, sites of 12x8, 6x4 and 3x2, two heads; "a red hippopotamus" has seven tokens. All in float64."""
    out, merges = {}, []
    for site, (h, w) in enumerate(((12, 8), (6, 4), (3, 2), (6, 4))):
        total = torch.zeros(2, h * w, KEYS, dtype=torch.float64)
        for step in range(3):
            total += torch.softmax(4 * uniform(f"heat.{step}.{site}", (2, 2, h * w, KEYS)).double(), -1)[1].float().double()
        maps = total.permute(0, 2, 1).reshape(2, KEYS, h, w)
        merges.append(F.interpolate(maps, size=(12, 8), mode="bicubic").clamp(min=0))
    maps = torch.cat(merges).mean(0)[:7]
    out["heat"], out["heat.normalized"] = maps, maps / (maps[1:-1].sum(0, keepdim=True) + 1e-6)
    word = maps[3:6].mean(0)
    large = F.interpolate(word[None, None], size=(20, 30), mode="bicubic")[0, 0]
    out["heat.overlay"] = (large - large.min()) / (large.max() - large.min() + 1e-8)
    for (h, w), (to_h, to_w) in (((5, 3), (7, 11)), ((7, 11), (5, 3)), ((4, 4), (16, 16)), ((1, 1), (3, 2)), ((2, 9), (9, 2))):
        picture = uniform(f"bicubic.{h}x{w}", (1, 1, h, w)).double()
        out[f"bicubic.{h}x{w}.{to_h}x{to_w}"] = F.interpolate(picture, size=(to_h, to_w), mode="bicubic")[0, 0]
    return out


def main():
    parser = argparse.ArgumentParser()
    for name in ("pnp", "tokenizer", "out"):
        parser.add_argument("--" + name, required=True, type=pathlib.Path)
    a = parser.parse_args()
    sys.path.insert(0, str(a.pnp))
    for name in ("matplotlib", "matplotlib.pyplot", "matplotlib.backends", "matplotlib.backends.backend_agg"):  # for drawing only
        sys.modules.setdefault(name, types.SimpleNamespace(FigureCanvasAgg=None, pyplot=None))
    from models.p2p import attention_control as pnp
    from models.p2p import seq_aligner as aligner
    tokenizer = CLIPTokenizer.from_pretrained(a.tokenizer)
    a.out.mkdir(parents=True, exist_ok=True)
    results = edited(tokenizer, pnp)
    tensors = heat() | {f"edit.{i}": maps for i, (_, maps) in enumerate(results)}
    save_file({k: v.float().contiguous() if k.startswith("edit") else v.contiguous() for k, v in tensors.items()}, a.out / "edit.safetensors")
    document = dict(words=words(tokenizer, aligner), alignments=alignments(tokenizer, aligner), gates=gates(tokenizer, pnp),
                    edits=[case for case, _ in results], blends=blends(tokenizer, pnp))
    with open(a.out / "edit.json", "w", encoding="utf-8", newline="\n") as file:
        file.write("{\n" + ",\n".join(f' "{k}": [\n' + ",\n".join("  " + json.dumps(x) for x in v) + "\n ]" for k, v in document.items()) + "\n}\n")


main()
