"""The report: one page that needs nothing else, tables as CSV, and where it all comes from, as JSON."""

import json
import platform
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import torch

from pruneuq_helpers import checks
from pruneuq_helpers.audit import page
from pruneuq_helpers.audit.choice import RECIPE, WEIGHTS
from pruneuq_helpers.audit.comparison_words import records
from pruneuq_helpers.audit.examination import Audit
from pruneuq_helpers.audit.export import FILES as FORMS
from pruneuq_helpers.audit.export import export
from pruneuq_helpers.audit.folder import check_folder, replaced
from pruneuq_helpers.audit.rules import shown
from pruneuq_helpers.audit.sections import sections
from pruneuq_helpers.audit.wording import beginning, rules, words
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.provenance import without_paths

_TABLES = (
    "networks",
    "measures",
    "classes",
    "groups",
    "detection",
    "changed",
    "verdicts",
    "control",
    "repairs",
    "again",
)
MARK = "audit.json"  # a folder that holds it is a report of ours, and may be replaced
_ALWAYS = ("networks", "measures", "classes", "changed", "verdicts", "control", "repairs")
FILES = {f"{name}.csv" for name in _TABLES} | {"report.html", "summary.md", MARK, WEIGHTS, RECIPE, *FORMS.values()}


def write_report(audit: Audit, out: str | Path, facts: dict[str, str] | None = None) -> Path:
    """Write an audit as a page to read and tables to use, into a folder, whole or not at all.

    Parameters
    ----------
    audit : Audit
        From `examine`.
    out : str or path
        A new folder, an empty one, or an earlier report, which is replaced.
    facts : dict, optional
        More of what was audited, for the page and the JSON: files, checksums.

    Returns
    -------
    Path
        The page, ``report.html``. Beside it lie its tables as CSV, ``audit.json`` with every verdict, ``summary.md``
        for a pull request, and with `keep` what :func:`apply` reads.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from pruneuq_helpers import audit, data
    >>> from pruneuq_helpers import training
    >>> model = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    >>> model = training.train(model, data.load("moons"), epochs=20, learning_rate=0.02).model
    >>> found = audit.examine(model, data.load("moons"), levels=[0.5], criteria=["l1"], repeats=3)
    >>> sorted(path.name for path in write_report(found, mkdtemp()).parent.iterdir() if path.suffix != ".csv")
    ['audit.json', 'report.html', 'summary.md']
    """
    checks.instance("audit", audit, Audit, "an Audit, from `examine`")
    takes = "a dict of text to text"
    facts = checks.instance("facts", {} if facts is None else facts, dict, takes)
    if not all(isinstance(word, str) for word in (*facts, *facts.values())):
        raise checks.refused("facts", facts, takes)
    path = check_folder(out, FILES, MARK).absolute()
    known = _facts(audit) | without_paths(facts)
    with replaced(path) as made:
        if audit.kept is not None:
            audit.kept.write(made)
            audit = replace(audit, notes=(*audit.notes, *_exported(audit, made)))
        for name in _TABLES:
            if name in _ALWAYS or len(getattr(audit, name)):
                getattr(audit, name).to_csv(made / f"{name}.csv", index=False, lineterminator="\n")
        html = page.document(f"Audit of {audit.name}", sections(audit, known))
        (made / "report.html").write_text(html, encoding="utf-8")
        (made / "summary.md").write_text(_summary(audit), encoding="utf-8")
        record = {"facts": known, "settings": asdict(audit.settings), "notes": list(audit.notes)}
        tables = {
            name: getattr(audit, name) for name in ("overall", "verdicts", "control", "repairs", "sequences", "again")
        }
        record |= {"words": [beginning(audit), *words(audit)], "chosen": audit.chosen} | {
            name: records(table) for name, table in tables.items()
        }
        (made / MARK).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path / "report.html"


def _exported(audit: Audit, folder: Path) -> list[str]:
    """Write the kept network in the forms that were asked for; a sentence for each that its code does not allow."""
    network, notes = audit.kept.network, []
    images = audit.data.normalise(audit.data.test.images[:2])
    first = next(network.parameters())
    for name in audit.settings.export:
        try:
            export(network, images.to(first.device, first.dtype), name, folder / FORMS[name])
        except ParameterError as error:
            (folder / FORMS[name]).unlink(missing_ok=True)
            notes.append(f"{shown(audit.kept.label)} is kept, but not as {FORMS[name]}: {error}.")
    return notes


def _summary(audit: Audit) -> str:
    """For a pull request: the outcome, every network's verdict, and what decides it."""
    first, *others = words(audit)
    rows = [f"| {row.network} | {row.verdict} |" for row in audit.overall.itertuples()]
    parts = [f"## {first}", "\n".join(["| network | verdict |", "|---|---|", *rows]), *others, rules(audit)]
    return "\n\n".join([*parts, *(f"> {note}" for note in audit.notes)]) + "\n"


def _facts(audit: Audit) -> dict[str, str]:
    data, plan = audit.data, audit.settings
    dense, shape = audit.networks.iloc[0], "×".join(map(str, data.input_shape))
    device = torch.cuda.get_device_name() if plan.device == "cuda" else f"{platform.machine()} processor"
    packages = ("torch", "torch-pruning", "numpy", "pruneuq")
    outsiders = f"{audit.outsiders} images of no class" if audit.outsiders else "none given"
    return {
        "network": f"{audit.name}, {dense['parameters']:,} parameters, {dense['macs']:,} multiply–adds",
        "judged on": f"{len(data.test)} test images of {shape} in {len(data.classes)} classes",
        "training images": f"{len(data.train)}, used by HRank, fine-tuning, repairs and distances of outsiders",
        "data": str(without_paths(data.name)) + f" ({data.identity})",
        "normalised": f"means {_listed(data.mean)}, deviations {_listed(data.std)}",
        "outsiders": outsiders,
        "fine-tuning": f"{plan.fine_tune} epoch{'s' * (plan.fine_tune > 1)}, {plan.seeds} seed{'s' * (plan.seeds > 1)}"
        if plan.fine_tune
        else "none",
        "seed": str(plan.seed),
        "timed on": f"{device}, {torch.get_num_threads()} threads, batch {plan.timed_batch}, {plan.repeats} times",
        "packages": ", ".join(f"{name} {version(name)}" for name in packages),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _listed(values: torch.Tensor) -> str:
    return ", ".join(f"{value:.4g}" for value in values.tolist())
