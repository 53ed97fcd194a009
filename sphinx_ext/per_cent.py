"""A number and its per cent stay on one line, and are written alike everywhere in running text."""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

PER_CENT = re.compile(r"(?<=\d) ?%(?!\w)")


class PerCent(SphinxPostTransform):
    """Put a space that does not break between them; in code nothing changes."""

    default_priority = 900

    def run(self):
        for text in list(self.document.findall(nodes.Text)):
            if PER_CENT.search(text) and not _is_code(text):
                text.parent.replace(text, nodes.Text(PER_CENT.sub("\u00a0%", text)))


def _is_code(text: nodes.Text) -> bool:
    node = text.parent
    while node is not None and not isinstance(node, nodes.literal | nodes.FixedTextElement | nodes.raw | nodes.math):
        node = node.parent
    return node is not None


def setup(app):
    app.add_post_transform(PerCent)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
