"""Cut the book's typefaces to the characters that it uses: run by hand when a face or the set of characters changes.

The faces come from npm, checked by hash; `fonttools` and `brotli` are needed, which the book itself does without. Pages
get woff2 (`book/_static/fonts`), figures the same sans as TrueType, which matplotlib reads; what stands alone, a report
or a diagram, holds a smaller part of it in itself.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from fontTools import subset
from vendor import ROOT, fetch

PAGES, FIGURES = ROOT / "book" / "_static" / "fonts", ROOT / "pruneuq_helpers" / "figures" / "fonts"
# Latin, the Greek of our formulas, dashes and quotes, super- and subscripts, arrows, signs of mathematics, shapes.
CHARACTERS = "U+20-7E,U+A0-FF,U+131,U+152-153,U+2BC,U+2C6,U+391-3A9,U+3B1-3C9,U+2009-200A,U+2010-2026,U+202F"
CHARACTERS += ",U+2030-2033,U+2044,U+2070-2089,U+2122,U+2153-2154,U+215B,U+2190-2193,U+2194,U+2202,U+2206,U+220F-2212"
CHARACTERS += ",U+2215,U+221A,U+221E,U+222B,U+2248,U+2260,U+2264-2265,U+25A0-25CF,U+2713,U+2717"
FEWER = "U+20-7E,U+A0,U+B1,U+B7,U+D7,U+2010-2015,U+2018-201D,U+2026,U+2190-2193,U+2212,U+2248,U+2264-2265,U+25B6,U+25BC"
FEATURES = ["kern", "liga", "mark", "ccmp", "locl", "tnum", "lnum", "pnum", "frac", "case", "sups", "subs"]
# npm package: (its tarball, the tarball's sha256, name of the file, {weight: also for figures})
FACES = {
    "@expo-google-fonts/source-serif-4@0.4.1": (
        "expo-google-fonts-source-serif-4-0.4.1.tgz",
        "84f0b412fbc9b0b666d6fe04620b2cd2e54bfd49ca61fe0663a9e5beb30afcc4",
        "SourceSerif4",
        {"400Regular": False, "400Regular_Italic": False, "600SemiBold": False},
    ),
    "@expo-google-fonts/source-sans-3@0.4.1": (
        "expo-google-fonts-source-sans-3-0.4.1.tgz",
        "eb41834f563921e19b18b40bc924b97110983aef800d9cb67b9186f546311828",
        "SourceSans3",
        {"400Regular": True, "400Regular_Italic": True, "600SemiBold": True},
    ),
    "@expo-google-fonts/source-code-pro@0.4.1": (
        "expo-google-fonts-source-code-pro-0.4.1.tgz",
        "e00a889c711535f7662ed2e8158560c5dba0c36cffd4f1f2cd30d1b07e89ade1",
        "SourceCodePro",
        {"400Regular": False, "600SemiBold": False},
    ),
}


def cut(source: Path, target: Path) -> None:
    """Write the part of a font that the book uses; the ending of `target` says in which form, and how large a part."""
    alone, flavor = target.suffix == ".woff", {".ttf": None}.get(target.suffix, target.suffix[1:])
    features = ["kern", "tnum", "lnum", "mark", "ccmp"] if alone else FEATURES
    options = subset.Options(flavor=flavor, layout_features=features)
    options.hinting = False  # today's screens do without, and it is a third of a file
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(FEWER if alone else CHARACTERS))
    cutter.subset(font)
    if target.suffix == ".ttf":  # to matplotlib, weights are of one family; the file says that each is its own
        font["name"].names = [record for record in font["name"].names if record.nameID not in (16, 17)]
        for record in font["name"].names:
            if record.nameID == 1:
                record.string = record.toUnicode().removesuffix(" SemiBold")
    subset.save_font(font, target, options)
    print(f"{target.stat().st_size / 1000:6.1f} kB  {target.relative_to(ROOT)}")


def main() -> None:
    """Write every font, and each family's licence beside it."""
    for folder in (PAGES, FIGURES):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        for package, (tarball, sha256, name, weights) in FACES.items():
            source = fetch(package, tarball, sha256, Path(work))
            shutil.copy(source / "LICENSE_FONT", PAGES / f"{name}-OFL.txt")
            for weight, in_figures in weights.items():
                font = source / weight / f"{name}_{weight}.ttf"
                cut(font, PAGES / f"{name}-{weight}.woff2")
                if in_figures:
                    cut(font, FIGURES / f"{name}-{weight}.ttf")
                    if "Italic" not in weight:
                        cut(font, FIGURES / f"{name}-{weight}.woff")
                    shutil.copy(source / "LICENSE_FONT", FIGURES / f"{name}-OFL.txt")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
