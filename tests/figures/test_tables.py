"""Tables have a caption above them, and their index as columns."""

import pandas as pd

from pruneuq_helpers.figures.tables import Table

FRAME = pd.DataFrame({"level": [0.4, 0.8], "ECE": ["0.02", "0.03"]}).set_index("level")


def test_a_caption_is_the_first_thing_in_the_table():
    table = Table(FRAME, "ECE < 1 by level.")._repr_html_()
    assert table.startswith('<table border="0" class="dataframe">') or table.startswith('<table class="dataframe">')
    assert "><caption>ECE &lt; 1 by level.</caption>" in table
    assert table.count("<th") == 2 + 1  # the heads of both columns, and <thead>


def test_numbers_of_rows_are_not_shown():
    assert "<td>0</td>" not in Table(FRAME.reset_index(), "By level.")._repr_html_()


def test_words_beside_the_rows_are_shown_though_they_have_no_name():
    assert "<td>pruned</td>" in Table(FRAME.set_axis(["dense", "pruned"]), "By network.")._repr_html_()


def test_elsewhere_it_is_text():
    assert repr(Table(FRAME, "By level.")).startswith("By level.\n")
