"""Tables as docutils nodes: a header row, and the first cell of each row as its header."""

from docutils import nodes


def entry(content) -> nodes.entry:
    """One cell: text, a node, or a list of nodes that stand in a line."""
    if isinstance(content, str):
        content = nodes.Text(content)
    paragraph = nodes.paragraph()
    paragraph += content
    return nodes.entry("", paragraph)


def row(cells) -> nodes.row:
    """One row of cells."""
    made = nodes.row()
    made += [entry(cell) for cell in cells]
    return made


def table(header, rows, classes=()) -> nodes.table:
    """A whole table."""
    group = nodes.tgroup(cols=len(header))
    group += [nodes.colspec(colwidth=1, **({"stub": 1} if i == 0 else {})) for i in range(len(header))]
    head, body = nodes.thead("", row(header)), nodes.tbody()
    body += [row(cells) for cells in rows]
    group += [head, body]
    return nodes.table("", group, classes=list(classes))


def page_link(docname: str, text: str):
    """A link to a page of the book by its name, resolved when pages are written."""
    from sphinx import addnodes

    link = addnodes.pending_xref(
        "", refdomain="std", reftype="doc", reftarget=f"/{docname}", refexplicit=True, refwarn=True
    )
    link += nodes.inline(text, text)
    return link
