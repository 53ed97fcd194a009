"""A table with a caption, as a page shows it."""

from dataclasses import dataclass
from html import escape

import pandas as pd


@dataclass(frozen=True)
class Table:
    """A table that a cell ends with: its caption above it, its index as a column like the others."""

    frame: pd.DataFrame
    caption: str

    def _repr_html_(self) -> str:
        frame = self.frame.reset_index() if self.frame.index.names != [None] else self.frame
        table = frame.to_html(index=False, border=0, justify="left")
        head, rest = table.split(">", 1)
        return f"{head}><caption>{escape(self.caption, quote=False)}</caption>{rest}"

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.frame}"
