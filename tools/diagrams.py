"""Give the book's drawn diagrams the typeface of its figures: run by hand when a diagram's words change.

A picture in a page cannot see the page's fonts, so each diagram holds the letters that it uses. Needs `fonttools`,
which comes with matplotlib.
"""

import argparse
import base64
import io
import re
from pathlib import Path

from fontTools import subset
from vendor import ROOT

DIAGRAMS, FONTS = ROOT / "book" / "_static", ROOT / "pruneuq_helpers" / "figures" / "fonts"
FAMILY = "font-family=\"'Source Sans 3', sans-serif\""  # unquoted, the 3 would spoil it
FACES = {"normal": ("400", "SourceSans3-400Regular.ttf"), "bold": ("600 700", "SourceSans3-600SemiBold.ttf")}
_TEXT = re.compile(r"<text([^>]*)>([^<]*)</text>")
_STYLE = re.compile(r"\n  <style>.*?</style>", re.DOTALL)


def letters(drawing: str) -> dict[str, str]:
    """The characters of a drawing's texts by their weight."""
    found: dict[str, set[str]] = {name: set() for name in FACES}
    for how, words in _TEXT.findall(drawing):
        found["bold" if 'font-weight="bold"' in how else "normal"] |= set(words)
    return {name: "".join(sorted(used)) for name, used in found.items() if used}


def face(name: str, used: str) -> str:
    """One rule that holds a face, cut to these characters."""
    weight, file = FACES[name]
    options = subset.Options(flavor="woff", layout_features=["kern"], hinting=False)
    font = subset.load_font(FONTS / file, options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=used)
    cutter.subset(font)
    font["head"].modified = font["head"].created  # the same bytes on every day
    out = io.BytesIO()
    subset.save_font(font, out, options)
    address = "data:font/woff;base64," + base64.b64encode(out.getvalue()).decode()
    return f'@font-face{{font-family:"Source Sans 3";font-weight:{weight};src:url({address})}}'


def with_fonts(drawing: str) -> str:
    """The drawing with the fonts that it needs now, and with no others."""
    start, end, rest = _STYLE.sub("", drawing).partition(">")
    start = re.sub(r' font-family="[^"]*"', "", start).replace("<svg ", f"<svg {FAMILY} ", 1)
    rules = "\n".join(face(name, used) for name, used in letters(drawing).items())
    return f"{start}{end}\n  <style>\n{rules}\n  </style>{rest}"


def drawn() -> list[Path]:
    """The diagrams that have words."""
    return [path for path in sorted(DIAGRAMS.glob("*.svg")) if "<text" in path.read_text(encoding="utf-8")]


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    for path in drawn():
        path.write_text(with_fonts(path.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"{path.stat().st_size / 1000:6.1f} kB  {path.relative_to(ROOT)}")
