"""Attention with projection biases, masks of every kind and wide heads, in float64, by PyTorch's own attention."""

import argparse

import torch
from safetensors.torch import save_file

from rule import parameter, uniform

BATCH, QUERIES, TOKENS = 2, 5, 5
QUERY_DIM, CONTEXT_DIM, HEADS, HEAD_DIM = 6, 7, 2, 4  # 2 heads of 4 are wider than 6

MASK = ["11000", "11100", "01110", "00111", "00011"]
PRESENT = [[1, 1, 1, 1, 1], [0, 0, 1, 1, 0]]  # the second example's first query sees nothing under `causal`


def heads(rows):
    return rows.reshape(*rows.shape[:2], HEADS, HEAD_DIM).transpose(1, 2)


def allowed(causal, dense, present):
    seen = torch.ones(BATCH, 1, QUERIES, TOKENS, dtype=torch.bool)
    if causal:
        seen = seen & torch.ones(QUERIES, TOKENS, dtype=torch.bool).tril()
    if dense:
        seen = seen & torch.tensor([[c == "1" for c in row] for row in MASK])
    if present:
        seen = seen & torch.tensor(PRESENT, dtype=torch.bool)[:, None, None, :]
    return seen


def attend(weights, image, text, seen):
    linear = torch.nn.functional.linear
    q, k, v = (
        heads(linear(x, weights[f"to_{n}.weight"], weights.get(f"to_{n}.bias")))
        for n, x in (("q", image), ("k", text), ("v", text))
    )
    some = seen.any(-1, keepdim=True)  # where nothing is seen, PyTorch's own result is NaN or zero; here it is zero
    mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen | ~some)
    mixed = torch.where(some, mixed, torch.zeros_like(mixed))
    merged = mixed.transpose(1, 2).flatten(2)
    return linear(merged, weights["to_out.0.weight"], weights["to_out.0.bias"])


def case(store, name, bias=False, causal=False, dense=False, present=False):
    width = HEADS * HEAD_DIM
    shapes = {
        "to_q.weight": (width, QUERY_DIM),
        "to_k.weight": (width, CONTEXT_DIM),
        "to_v.weight": (width, CONTEXT_DIM),
        "to_out.0.weight": (QUERY_DIM, width),
        "to_out.0.bias": (QUERY_DIM,),
    }
    if bias:
        shapes |= {f"to_{n}.bias": (width,) for n in "qkv"}
    weights = {k: parameter(f"layer/{k}", s).double().requires_grad_() for k, s in shapes.items()}
    image = uniform("layer.image", (BATCH, QUERIES, QUERY_DIM)).double().requires_grad_()
    text = uniform("layer.text", (BATCH, TOKENS, CONTEXT_DIM)).double().requires_grad_()
    output = attend(weights, image, text, allowed(causal, dense, present))
    (output * uniform("layer.cotangent", (BATCH, QUERIES, QUERY_DIM)).double()).sum().backward()
    store[f"{name}.output"] = output.detach()
    for key, value in {"image": image, "text": text, **weights}.items():
        store[f"{name}.grad.{key}"] = value.grad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", help="a safetensors file")
    store = {}
    case(store, "wide-heads")
    case(store, "bias", bias=True)
    case(store, "causal", causal=True)
    case(store, "dense", dense=True)
    case(store, "dense-causal", dense=True, causal=True)
    case(store, "causal-present", causal=True, present=True)
    case(store, "bias-causal-present", bias=True, causal=True, present=True)
    save_file({k: v.contiguous() for k, v in store.items()}, parser.parse_args().out)


if __name__ == "__main__":
    main()
