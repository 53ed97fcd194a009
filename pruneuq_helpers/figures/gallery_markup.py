"""HTML of the gallery: native filters, a list of cards, and the few lines of script that join them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pruneuq_helpers.figures.styling import CARD, INK, MUTED

# One handler on the whole gallery: changes of its filters rise to it. Nothing is fetched, nothing else is needed.
_SCRIPT = (
    "var g=this,v=function(n){var s=g.querySelector('select[data-filter='+n+']');return s?s.value:''},"
    "l=+v('level'),k=0;g.querySelectorAll('li').forEach(function(c){var d=c.dataset,p=d.pie[l]==='1',"
    "s=(!v('class')||d.class===v('class'))&&(!v('kind')||d.kind===v('kind'))&&(!v('pie')||(v('pie')==='1')===p);"
    "c.hidden=!s;k+=s?1:0;c.querySelector('.pruned').textContent=JSON.parse(d.pruned)[l];"
    "c.querySelector('.mark').hidden=!p});"
    "g.querySelector('output').value=k+' of '+g.querySelectorAll('li').length+' images';"
)
_STYLE = (
    f".pruneuq-gallery{{background:{CARD};color:{INK};color-scheme:light;padding:.8em;border-radius:6px;"
    "text-align:left;font-size:.85rem;line-height:1.35}"
    ".pruneuq-gallery .filters{display:flex;flex-wrap:wrap;gap:.4em 1.2em;align-items:center;margin-bottom:.6em}"
    f".pruneuq-gallery select{{background:#fff;color:{INK};border:1px solid {MUTED};border-radius:4px;"
    "padding:.15em .3em;margin-left:.35em;font:inherit}"
    f".pruneuq-gallery :is(select,ul):focus-visible{{outline:3px solid #155a8c;outline-offset:2px}}"
    ".pruneuq-gallery ul{list-style:none;margin:0;padding:.2em;display:grid;gap:.6em;max-height:27rem;"
    "overflow-y:auto;grid-template-columns:repeat(auto-fill,minmax(6.6rem,1fr))}"
    ".pruneuq-gallery li{position:relative;margin:0;padding:.4em;border:1px solid #dedcd5;background:#fff;"
    f"color:{INK}}}"
    ".pruneuq-gallery li[hidden],.pruneuq-gallery .mark[hidden]{display:none}"
    ".pruneuq-gallery img{display:block;width:64px;height:64px;image-rendering:pixelated;margin:0 auto .3em}"
    f".pruneuq-gallery .mark{{position:absolute;top:0;right:0;background:{INK};color:#fff;padding:0 .35em;"
    "font-size:.72rem}"
    f".pruneuq-gallery .kind{{color:{MUTED};display:block}}"
    "@media print{.pruneuq-gallery ul{max-height:none}}"
)


@dataclass(frozen=True)
class Card:
    """One image: its picture as an address, its labels, what was planted in it, and what it is at every level."""

    picture: str
    number: int
    truth: str
    dense: str
    kind: str
    pruned: tuple[str, ...]
    pie: tuple[bool, ...]


def gallery_html(cards: Sequence[Card], levels: Sequence[str], start: int, name: str) -> str:
    """Filters above a list of cards; at first those identified at the level `start` are shown."""
    classes = sorted({card.truth for card in cards})
    kinds = list(dict.fromkeys(card.kind for card in cards))
    filters = [
        _select(name, "level", "level", [(str(place), level) for place, level in enumerate(levels)], str(start)),
        _select(name, "pie", "PIE", [("1", "yes"), ("0", "no"), ("", "both")], "1"),
        _select(name, "class", "class", [("", "all"), *((one, one) for one in classes)], ""),
    ]
    if len(kinds) > 1:
        filters.append(_select(name, "kind", "kind", [("", "all"), *((kind, kind) for kind in kinds)], ""))
    shown = sum(card.pie[start] for card in cards)
    count = f'<output aria-live="polite">{shown} of {len(cards)} images</output>'
    items = "".join(_card(card, start, len(kinds) > 1) for card in cards)
    return (
        f"<style>{_STYLE}</style>"
        f'<div class="pruneuq-gallery" role="group" aria-label="gallery with filters" onchange="{escape(_SCRIPT)}">'
        f'<div class="filters">{"".join(filters)}{count}</div>'
        f'<ul tabindex="0" aria-label="images">{items}</ul></div>'
    )


def _select(name: str, what: str, label: str, options: Sequence[tuple[str, str]], chosen: str) -> str:
    field = f"{name}-{what}"
    inner = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in options
    )
    return (
        f'<span><label for="{field}">{escape(label)}</label>'
        f'<select id="{field}" data-filter="{what}" autocomplete="off">{inner}</select></span>'
    )


def _card(card: Card, start: int, tell_kind: bool) -> str:
    pie = "".join("1" if value else "0" for value in card.pie)
    data = (
        f'data-class="{escape(card.truth)}" data-kind="{escape(card.kind)}" data-pie="{pie}" '
        f'data-pruned="{escape(json.dumps(card.pruned, ensure_ascii=False))}"'
    )
    kind = f'<span class="kind">{escape(card.kind)}</span>' if tell_kind else ""
    return (
        f"<li {data}{'' if card.pie[start] else ' hidden'}>"
        f'<img src="{card.picture}" alt="image {card.number}, true label {escape(card.truth)}" width="64" height="64">'
        f"true: <b>{escape(card.truth)}</b><br>dense: {escape(card.dense)}<br>"
        f'pruned: <span class="pruned">{escape(card.pruned[start])}</span>{kind}'
        f'<span class="mark"{"" if card.pie[start] else " hidden"}>PIE</span></li>'
    )
