"""The command `pruneuq compare`: a gate between two files of predictions."""

import sys
from pathlib import Path

import click

from pruneuq_helpers.audit.command import in_options
from pruneuq_helpers.errors import ParameterError

EXIT = {"safe": 0, "not safe": 1, "undecided": 3}  # 2: wrong use or unreadable input, 4: unfinished
MARK = "comparison.json"  # a folder that holds it is an earlier one of this command
_TABLES = ("measures", "verdicts", "classes", "groups", "changed")
FILES = {f"{name}.csv" for name in _TABLES} | {"summary.md", MARK}
_EPILOG = """\b
A file is an .npz of arrays: labels [N]; probs or logits [N, C];
optionally groups [N], ood_probs or ood_logits [M, C], classes [C].

\b
Exit status: 0 safe, 1 not safe, 2 wrong use or unreadable input,
3 undecided, 4 unfinished.

\b
Example, as a gate:
  pruneuq compare before.npz after.npz --safe accuracy=0.01 --safe ece=0.02
"""


@click.command(epilog=_EPILOG)
@click.argument("before", metavar="BEFORE.npz")
@click.argument("after", metavar="AFTER.npz")
@click.option(
    "--safe",
    "rules",
    multiple=True,
    metavar="MEASURE=MARGIN",
    help="Safe is what gets worse by less than MARGIN, its whole interval; can be repeated. Measures: accuracy, ece, "
    "nll, brier, ause, aurc, auroc, class_recall, group_accuracy, flips, changed. [default: accuracy=0.01 ece=0.02 "
    "class_recall=0.1]",
)
@click.option("--groups", metavar="FILE.csv", help="A group for each example, in a column of its own.")
@click.option("--confidence", "confidence_level", default=0.95, show_default=True, help="Of every interval.")
@click.option("--resamples", default=1000, show_default=True, help="Of the bootstrap over examples.")
@click.option("--seed", default=0, show_default=True, help="Of the bootstrap.")
@click.option(
    "--out", metavar="DIR", help="Write JSON, Markdown and tables there: a new folder, or one of this command."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of sentences.")
@click.option("--markdown", is_flag=True, help="Print Markdown instead of sentences, for a pull request.")
def compare(before, after, rules, groups, out, as_json, markdown, **settings) -> None:
    """Judge predictions of the same examples before and after a change, whatever the change was."""
    try:
        found = _compared(before, after, rules, groups, out, settings, as_json and markdown)
        click.echo(_said(found, as_json, markdown))
        if out:
            _write(found, Path(out))
    except ParameterError as error:
        click.echo(f"Error: {in_options(compare, str(error))}", err=True)
        sys.exit(2)
    # Whatever goes wrong, the status is none of those that a verdict has.
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001
        click.echo(f"Error: unfinished ({_reason(error)})", err=True)
        sys.exit(4)
    sys.exit(EXIT[found.verdict])


def _reason(error: BaseException) -> str:
    known = {KeyboardInterrupt: "stopped", MemoryError: "memory ran out"}
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'} could not be read or written: {error.strerror or error}"
    return known.get(type(error)) or f"{type(error).__name__}: {error}"


def _said(found, as_json: bool, markdown: bool) -> str:
    from pruneuq_helpers.audit.comparison_words import lines, to_json, to_markdown

    return to_json(found) if as_json else to_markdown(found) if markdown else "\n".join(lines(found))


def _compared(before, after, rules, groups, out, settings: dict, both: bool):
    from pruneuq_helpers.audit.comparison import compare as compared
    from pruneuq_helpers.audit.comparison import read_groups
    from pruneuq_helpers.audit.folder import check_folder
    from pruneuq_helpers.audit.rules import margins

    if both:
        raise ParameterError("options --json and --markdown got both; they take one at a time")
    if out:
        check_folder(out, FILES, MARK)
    named = read_groups(groups) if groups else None
    return compared(before, after, margins(rules, "option --safe") or None, named, **settings)


def _write(found, folder: Path) -> None:
    """All files or none."""
    from pruneuq_helpers.audit.comparison_words import to_json, to_markdown
    from pruneuq_helpers.audit.folder import replaced

    with replaced(folder) as made:
        (made / MARK).write_text(to_json(found) + "\n", encoding="utf-8")
        (made / "summary.md").write_text(to_markdown(found), encoding="utf-8")
        for name in _TABLES:
            getattr(found, name).to_csv(made / f"{name}.csv", index=False, lineterminator="\n")
