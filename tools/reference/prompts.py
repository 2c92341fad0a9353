"""Prompts as they are written: python prompts.py CLIP_TOKENIZER_FOLDER OUT

Writes webui.json (trees, weights and chunks of prompts in the web UI's syntax, by a parser of regular expressions that works
from the innermost brackets outwards), compel.json and joined.json (fragments by PyPI's compel, of prompts and of its functions
blend and and) and states.safetensors (text states of a tiny
text encoder whose weights follow rule.py: for the web UI by formula, for compel by compel itself in its modes REMOVE and MASK).
Needs `pip install compel==2.1.1`."""
import json, re, sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from rule import fill

LONG = ", ".join(f"a {c} {s} of {m}" for c in ("red", "green", "blue", "golden") for s in ("chair", "lamp", "bottle", "horse")
                 for m in ("wood", "glass"))
WEBUI = """a cat|(a cat)|((a cat))|[a cat]|[[a cat]]|a (cat:1.3) on a bench|a (cat: 1.3 ) on|a ( cat :-0.5) on|(a (red:1.2) cat:1.5)
([a] b)|a \\(cat\\)|a \\[cat\\]|\\(a (b\\))|a \\\\ b|a \\b|(a|a)|a] b|((a)|(a)) b|[a|(a:1.2|(a:1.2]|a:1.2|a:1.2)|a: b|time 16:9
(a):1.3|()|[]|(:1.2)||a (b) (c) d|(a)(b)|(a) (b:1.1) c|(a,) b|a BREAK b|a BREAK|BREAK a|a BREAK BREAK b|(a BREAK b:1.3)|aBREAK b|a,BREAK,b
[a:b:0.5]|[a::0.5]|[b:0.5]|[b:3]|[a:b:3]|[a:b: 3 ]|[:b:0.25]|[a:b]|[a:b:c]|[a:b:c:0.5]|[a:b:1.0]|[a:b:20]|[a:b:-1]|[a:b:.5]|x [a:b:5.] y
[a¦b]|a [red¦blue¦green] cat|[a¦]|[¦a]|[a¦b:0.5]|a ¦ b|[(a:1.2):(b:0.8):0.5]|([a:b:0.5]:1.3)|[[a:b:3]:c:6]|[a [b¦c] d:e:4]|[a (b¦c]
(a [b¦c]|[a) b¦c]|[a [b¦c]|[(a¦b)]|a\\[b:c:0.5]|[a\\:b:c:0.5]|[a\\¦b¦c]|[[a]:b:0.5]|[a:[b]:0.5]
a cat AND a dog|a cat :1.2 AND a dog:0.5 AND a bird|a AND|a:-1 AND (b:1.2)|[a:b:0.5] AND [c¦d]|BRAND AND SAND|a BREAK b AND c
a <lora:ink:0.8> cat|<lora:ink>a cat|<lora:a b-c:1:>|<lora:x:-0.5><lora:y:1> a|a <cat> here|été (élan:1.2) 東京""".replace("\n", "|")
PROMPTS = [p.replace("¦", "|") for p in WEBUI.split("|") if p != "<lora:a b-c:1:>"]
PROMPTS += [LONG, f"({LONG}:1.2)", f"a (cat:1.3), {LONG[:400]} BREAK (blue:0.7) sky", f"{LONG[:600]}, [{LONG[600:]}]", " ".join(["cat"] * 75),
            " ".join(["cat"] * 76), "(cat:1.4) " * 150, f"{LONG} AND (dog:1.5)", f"{LONG}, [{LONG[:350]}]"]
STATES = ["a cat", "a (cat:1.3) on a [bench]", "(a (red:1.2) cat:1.5)", "a BREAK (b)", LONG, f"a (cat:1.3), {LONG[:400]} BREAK (blue:0.7) sky", "(cat:1.4) " * 150]
COMPEL = ["a cat", "a cat+", "a cat++ on a bench-", "a (red cat)1.3 here", "(a (red)++ cat)1.2", "a (red cat)+", "a \"red cat\"++ b", "a (cat)0.5 on a (bench)0.2",
          "a\\(b c\\)", "a (b) c", "well-known cat", "1.5 cats", "a (cat)0 b", "red-- cat+, dog", LONG, f"(golden)1.4 {LONG}", "(a cat)1.0", "((a)+ b)-",
          f"{LONG[:260]} (a lamp of glass, a blue horse)0.4, {LONG[:200]}"]
JOINED = ['("a cat", "a dog").blend(1, 1)', '("a cat", "a dog").blend(0.7, 0.5, no_normalize)', '(cat, dog).blend(2,1)', '("a cat", "a dog").blend()',
          '("a, b", (c d)).blend(1,-0.5)', '("a" , "b") .blend ( 1 , 1 )', '("a cat").blend(0.5)', '("a (b c)++", "d").blend(.5,0.5)',
          '("a cat+", "red (dog)1.3 b").and()', '("a","b").and(1, 0.5)', '("a cat").and(0.5)', '("a (b cat)0.5 c", "b--").and(1.2, -0.3)',
          '("a \\"x\\" b", d).add(1,1)', '(a\\(b\\), c).and()', '((a, b), c).and()', '(well-known, "it\'s... a cat").and()',
          f'("{LONG}", "a golden+ cat").blend(0.6, 0.4)', f'("a cat", "{LONG}", "dog").and(1, 0.7, 1)']
STEPS = 10


class Edit:
    def __init__(self, kind, parts, when=None):
        self.kind, self.parts, self.when = kind, parts, when

    def at(self, step, nodes):
        if self.kind == "turns":
            return spell(self.parts[(step - 1) % len(self.parts)], step, nodes)
        last = min(STEPS, int(float(self.when) * STEPS) if "." in self.when else int(float(self.when)))
        return spell(self.parts[0 if step <= last else 1], step, nodes)


def spell(text, step, nodes):
    def one(symbol):
        node = nodes.get(symbol, symbol)
        return node.at(step, nodes) if isinstance(node, Edit) else spell(node[0], step, nodes) if isinstance(node, tuple) else node
    return "".join(map(one, text))


def tree(text):
    """The text with private characters for escapes, balanced brackets and edits, and what these stand for."""
    nodes, count = {}, 0

    def put(value):
        nonlocal count
        nodes[chr(0xF0000 + count)] = value
        count += 1
        return chr(0xF0000 + count - 1)

    text = re.sub(r"\\.", lambda m: put(m[0]), text, flags=re.S)

    def bracket(m):
        inside = m[0][1:-1]
        if m[0][0] == "(":
            return put((chr(0xE000) + inside + chr(0xE001),))
        parts = inside.split(":")
        if "|" in inside and len(parts) == 1:
            return put(Edit("turns", inside.split("|")))
        if "|" not in inside and len(parts) in (2, 3) and re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", parts[-1]):
            return put(Edit("switch", ([""] + parts[:-1])[-2:], parts[-1].strip()))
        return put((chr(0xE002) + inside + chr(0xE003),))

    while (new := re.sub(r"\([^()\[\]]*\)|\[[^()\[\]]*\]", bracket, text)) != text:
        text = new
    return lambda step: spell(text, step, nodes).translate({0xE000: "(", 0xE001: ")", 0xE002: "[", 0xE003: "]"})


TOKEN = re.compile(r"\\\(|\\\)|\\\[|\\]|\\\\|\\|\(|\[|:\s*([+-]?[.\d]+)\s*\)|\)|]|[^\\()\[\]:]+|:")


def attention(text):
    """Sections, between BREAKs, of [text, weight]: by the rules of the web UI's documentation, weights multiplied inside out."""
    out, opened = [], {"(": [], "[": []}

    def scale(start, factor):
        for entry in out[start:]:
            entry[1] *= factor

    for m in TOKEN.finditer(text):
        t = m[0]
        if t in opened:
            opened[t].append(len(out))
        elif m[1] is not None and opened["("]:
            scale(opened["("].pop(), float(m[1]))
        elif t == ")" and opened["("]:
            scale(opened["("].pop(), 1.1)
        elif t == "]" and opened["["]:
            scale(opened["["].pop(), 1 / 1.1)
        elif t.startswith("\\"):
            out.append([t[1:], 1.0])
        else:
            for i, part in enumerate(re.split(r"\s*\bBREAK\b\s*", t)):
                out += [[None, 1.0]] * (i > 0) + [[part, 1.0]]
    for start in reversed(opened["("]):
        scale(start, 1.1)
    for start in reversed(opened["["]):
        scale(start, 1 / 1.1)
    sections = [[]]
    for part, weight in out:
        if part is None:
            sections.append([])
        elif sections[-1] and sections[-1][-1][1] == weight:
            sections[-1][-1][0] += part
        else:
            sections[-1].append([part, weight])
    return [[f for f in s if f[0]] for s in sections]


def parse(prompt):
    loras = []
    text = re.sub(r"<lora:([^<>]+)>", lambda m: loras.append(m[1].split(":")) or "", prompt)
    parts, texts = [], re.split(r"\bAND\b", text)
    for one in texts:
        m = re.fullmatch(r"(.*?)\s*:\s*([-+]?(?:\d+\.?|\d*\.\d+))\s*", one, re.S) if len(texts) > 1 else None
        parts.append((m[1] if m else one, float(m[2]) if m else 1.0))
    return parts, [[name, float(rest[0]) if rest else 1.0] for name, *rest in loras]


def chunks(sections, tokenizer, end):
    out, now = [], ([], [])
    for i, section in enumerate(sections):
        if i:
            out.append(now)
            now = ([], [])
        for text, weight in section:
            for token in tokenizer(text).input_ids[1:-1]:
                if len(now[0]) == 75:
                    out.append(now)
                    now = ([], [])
                now[0].append(token)
                now[1].append(weight)
    return out + [now] if now[0] or not out else out


def rows(chunk, start, end):
    missing = 76 - len(chunk[0])
    return [start] + chunk[0] + [end] * missing, [1.0] + chunk[1] + [1.0] * missing


def main(folder, out):
    tokenizer = CLIPTokenizer.from_pretrained(folder, model_max_length=77)
    start, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    table = []
    for prompt in PROMPTS:
        parts, loras = parse(prompt)
        entry = dict(prompt=prompt, steps=STEPS, loras=loras, parts=[])
        for text, weight in parts:
            at = tree(text)
            sections = [attention(at(step)) for step in range(1, STEPS + 1)]
            runs = [dict(step=i + 1, sections=s, chunks=[dict(ids=c[0], weights=c[1]) for c in chunks(s, tokenizer, end)])
                    for i, s in enumerate(sections) if i == 0 or s != sections[i - 1]]
            entry["parts"].append(dict(weight=weight, runs=runs))
        table.append(entry)
    (out / "webui.json").write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")).replace('{"prompt"', '\n{"prompt"') + "\n")
    print(len(table), "prompts")

    encoder = fill(CLIPTextModel(CLIPTextConfig(vocab_size=49408, hidden_size=32, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
                   max_position_embeddings=77, hidden_act="quick_gelu", bos_token_id=0, eos_token_id=2, pad_token_id=1)), "text_model.").double()
    states = {}
    with torch.no_grad():
        for i, prompt in enumerate(STATES):
            pieces = []
            for chunk in chunks(attention(prompt), tokenizer, end):
                ids, weights = rows(chunk, start, end)
                z = encoder(torch.tensor([ids])).last_hidden_state
                weighted = z * torch.tensor(weights, dtype=torch.float64)[None, :, None]
                pieces.append(weighted * (z.mean() / weighted.mean()))
            states[f"webui.{i}"] = torch.cat(pieces, 1).float().contiguous()
        compel(tokenizer, encoder, states, out)
    save_file(states, out / "states.safetensors", {"webui": json.dumps(STATES), "compel": json.dumps(COMPEL), "joined": json.dumps(JOINED)})
    (out / "states.json").write_text(json.dumps(dict(webui=STATES, compel=COMPEL, joined=JOINED), indent=0) + "\n")


def compel(tokenizer, encoder, states, out):
    from compel import Compel, DownweightMode
    from compel.embeddings_provider import SplitLongTextMode
    tokenizer.pad_token_id = tokenizer.eos_token_id
    made, masking = (Compel(tokenizer, encoder, truncate_long_prompts=False, downweight_mode=mode, split_long_text_mode=SplitLongTextMode.BRUTAL,
                            dtype_for_device_getter=lambda device: torch.float64) for mode in (DownweightMode.REMOVE, DownweightMode.MASK))
    table = []
    for i, prompt in enumerate(COMPEL):
        parsed = made.parse_prompt_string(prompt)
        table.append(dict(prompt=prompt, fragments=[[f.text, f.weight] for f in parsed.prompts[0].children]))
        states[f"compel.{i}"] = made(prompt).float().contiguous()
        if any(f.weight < 1 for f in parsed.prompts[0].children):
            states[f"masked.{i}"] = masking(prompt).float().contiguous()
    (out / "compel.json").write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")).replace('{"prompt"', '\n{"prompt"') + "\n")
    table = []
    for i, prompt in enumerate(JOINED):
        parsed = made.parse_prompt_string(prompt)
        blend = parsed.prompts[0] if type(parsed.prompts[0]).__name__ == "Blend" else None
        weights = [w / sum(blend.weights) for w in blend.weights] if blend and blend.normalize_weights else (blend or parsed).weights
        table.append(dict(prompt=prompt, join="BLEND" if blend else "AND", parts=[dict(weight=w, fragments=[[f.text, f.weight] for f in p.children])
                                                                                for p, w in zip((blend or parsed).prompts, weights)]))
        states[f"joined.{i}"] = made(prompt).float().contiguous()
    (out / "joined.json").write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")).replace('{"prompt"', '\n{"prompt"') + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
