"""Numbers in running text are written alike: a per cent stays on the line of its number, a minus is a minus, and
thousands stand apart."""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

WRITTEN = (
    (re.compile(r"(?<=\d) ?%(?!\w)"), "\u00a0%"),
    (re.compile(r"(?<![\w-])-(?=\.?\d)"), "−"),
    # Five or six digits: of seven a commit's name can be, and a range of pages is no count.
    (re.compile(r"(?<![\w.,/–−-])(\d{2,3})(\d{3})(?![\w–-]|[.,]\d)"), "\\1\u00a0\\2"),
)
TYPED = "typed"  # the class of a node whose words are typed as they stand
_CELL = re.compile(r"(<(?:td|small)>)([^<]*)")


class WrittenNumbers(SphinxPostTransform):
    """Write what a chapter's formats gave as the text does; code stays as it is."""

    default_priority = 900

    def run(self):
        for text in list(self.document.findall(nodes.Text)):
            written = _as_written(str(text))
            if written != text and not _is_code(text):
                text.parent.replace(text, nodes.Text(written))
        for raw in list(self.document.findall(nodes.raw)):  # tables that a cell printed
            if "<td>" in raw.astext():
                raw.replace_self(nodes.raw("", _in_cells(raw.astext()), format=raw["format"]))


def _in_cells(table: str) -> str:
    return _CELL.sub(lambda cell: cell[1] + _as_written(cell[2]), table)


def _as_written(text: str) -> str:
    for pattern, sign in WRITTEN:
        text = pattern.sub(sign, text)
    return text


def _is_code(text: nodes.Text) -> bool:
    node = text.parent
    code = nodes.literal | nodes.FixedTextElement | nodes.raw | nodes.math
    while node is not None and not isinstance(node, code) and TYPED not in node.get("classes", ()):
        node = node.parent
    return node is not None


def setup(app):
    app.add_post_transform(WrittenNumbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
