#!/bin/sh
# Fetches the pictograms that PictogramsFromNothing trains on: 64-pixel pictures of Noto Emoji, in the npm package
# emoji-datasource-google. Needs npm, which asks the registry that it is configured for.
#
#     tools/pictograms/fetch.sh [FOLDER]        # default: out/pictograms/package
#
# The pictures are under the Apache License 2.0 (README.md of the package, "Google"), the package's own data under the MIT
# license (LICENSE of the package). They are for training only: the folder is ignored and no part of this repository.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
target=${1:-$root/out/pictograms/package}
package=emoji-datasource-google@16.0.0
sha256=fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438

if [ -f "$target/emoji.json" ]; then
    echo "$target is there already" >&2
    exit 0
fi
command -v npm >/dev/null || { echo "fetch.sh: npm is not installed" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
archive=$work/$(cd "$work" && npm pack --silent "$package")
found=$({ sha256sum "$archive" 2>/dev/null || shasum -a 256 "$archive"; } | cut -d ' ' -f 1)
if [ "$found" != "$sha256" ]; then
    echo "fetch.sh: $package has SHA-256 $found, must be $sha256" >&2
    exit 1
fi
tar -xzf "$archive" -C "$work" package/LICENSE package/README.md package/emoji.json package/img/google/64
mkdir -p "$(dirname -- "$target")"
mv "$work/package" "$target.part"
mv "$target.part" "$target" # whole, or not at all
echo "$target"
