"""HTML of a figure: for live notebooks whole, for the published page the slider alone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape

from pruneuq_helpers.figures.picture import Picture

# The frames travel in one attribute and a single picture is swapped. Where a viewer strips scripts and attributes,
# the start frame is left standing: never a heap of all frames.
_SCRIPT = (
    "var f=JSON.parse(this.dataset.frames)[this.value],m=this.closest('.figure-slider').querySelector('img');"
    "m.src='data:image/png;base64,'+f[0];m.alt=f[1];this.nextElementSibling.value=f[2];"
    "if(this.dataset.phone)m.previousElementSibling.srcset='data:image/png;base64,'+"
    "JSON.parse(this.dataset.phone)[this.value];"
    "this.setAttribute('aria-valuetext',f[2]);"
)
PHONE = "screen and (max-width: 30rem)"  # as in book/_static/figures.css
_ROW = "display:flex;align-items:center;justify-content:center;gap:.7em;margin-top:.4em"
_CONTROL = "flex:1;max-width:24rem;min-width:0"
# Of one width, so that the control does not move under the hand when the value grows a digit.
_VALUE = "min-width:3.2em;text-align:left;font-variant-numeric:tabular-nums"
_INLINE = (
    (re.compile(r"\{[\w:-]+\}`([^`&]*?)\s*(?:&lt;[^`]*&gt;)?`"), r"\1"),  # a role: its text
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*([^*]+)\*(?![\w*])"), r"<em>\1</em>"),
)


def image(picture: Picture) -> str:
    """An ``img`` element with the picture inside it; on a phone, the one that was laid out for it."""
    shown = (
        f'<img src="{picture.uri}" alt="{escape(picture.alt)}" width="{picture.css_width}" '
        'style="max-width:100%;height:auto">'
    )
    if picture.phone is None:
        return shown
    source = f'<source media="{PHONE}" srcset="{picture.phone.uri}" width="{picture.phone.css_width}">'
    return f"<picture>{source}{shown}</picture>"


def slider(frames: Sequence[Picture], label: str, start: int, name: str) -> str:
    """A picture above a native range control that swaps it, without a kernel or library; in print `start` is shown."""
    data = json.dumps([[f.base64, f.alt, f.label] for f in frames], ensure_ascii=False, separators=(",", ":"))
    shown, field = escape(frames[start].label), f"{name}-control"
    narrow = json.dumps([f.phone.base64 for f in frames]) if all(f.phone for f in frames) else ""
    for_phone = f'data-phone="{escape(narrow)}" ' if narrow else ""
    # The arrow keys, Home and End move it; the value is spoken by aria-valuetext, and every frame brings its own text.
    return (
        f'<div class="figure-slider">{image(frames[start])}'
        f'<div class="figure-slider-control" style="{_ROW}"><label for="{field}">{escape(label)}</label> '
        f'<input id="{field}" type="range" min="0" max="{len(frames) - 1}" step="1" value="{start}" '
        f'autocomplete="off" style="{_CONTROL}" aria-valuetext="{shown}" '
        f'data-frames="{escape(data)}" {for_phone}oninput="{escape(_SCRIPT)}">'
        f'<output for="{field}" aria-live="off" style="{_VALUE}">{shown}</output></div></div>'
    )


def captioned(body: str, caption: str) -> str:
    """A whole figure for a live notebook: the body and its caption, with the commonest Markdown turned to HTML."""
    text = escape(caption, quote=False)
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    # A notebook may be dark, and has no style for the ink of a figure: there, a figure lies on its card.
    card = "margin:0;padding:.5em;background:#fff;color:#22262b"
    return f'<figure style="{card}">{body}<figcaption>{text}</figcaption></figure>'
