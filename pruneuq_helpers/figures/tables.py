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
        index = self.frame.index
        numbered = index.names == [None] and pd.api.types.is_numeric_dtype(index)
        names = [name or "" for name in index.names]
        frame = self.frame if numbered else self.frame.reset_index(names=names)
        table = frame.to_html(index=False, border=0, justify="left")
        head, rest = table.split(">", 1)
        return f"{head}><caption>{escape(self.caption, quote=False)}</caption>{rest}"

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.frame}"
