"""Token numbers of a tokenizer that has learnt words: python added_tokens.py SHAPES/tokenizer

Prints what transformers and, for words of several tokens, diffusers' maybe_convert_prompt make of prompts; numbers in
AddedTokensTest."""
import json, shutil, sys, tempfile
from pathlib import Path

from diffusers.loaders.textual_inversion import TextualInversionLoaderMixin
from transformers import CLIPTokenizer

ADDED = [dict(content="<glow>", normalized=True, special=False, single_word=False), dict(content="<cat>", normalized=True, special=False, single_word=False),
         dict(content="<cat>_1", normalized=True, special=False, single_word=False), dict(content="[SEP]", normalized=False, special=True, single_word=False),
         dict(content="dot", normalized=False, special=False, single_word=True)]
PROMPTS = ["a <glow> circle", "a<GLOW>circle", "a <cat> star", "a <cat>_1 star", "a [SEP] b", "a [sep] b", "a dot", "dots dot.dot", "Dot", "a <|endoftext|> b", ""]
with tempfile.TemporaryDirectory() as folder:
    content = json.loads((Path(sys.argv[1]) / "tokenizer.json").read_text())
    for i, token in enumerate(ADDED):
        content["added_tokens"].append(dict(id=627 + i, lstrip=False, rstrip=False, **token))
    (Path(folder) / "tokenizer.json").write_text(json.dumps(content))
    shutil.copy(Path(sys.argv[1]) / "tokenizer_config.json", folder)
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    loader = TextualInversionLoaderMixin()
    for prompt in PROMPTS:
        print(prompt, "|", *tokenizer(loader.maybe_convert_prompt(prompt, tokenizer)).input_ids)
