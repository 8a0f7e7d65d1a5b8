"""The tables of a report, as text in cells; terminal, Markdown and HTML only draw them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dagger_tools.evaluation.metrics import Drop, SetSummary, Summary
from dagger_tools.evaluation.published import PUBLISHED, SIZES, SOURCE, weighted_average
from dagger_tools.evaluation.rerank import Rerank
from dagger_tools.evaluation.statistics import Interval

__all__ = ["Table", "comparison", "notes", "percent", "tables"]


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the names of the columns, and rows of as many cells."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(summary: Summary, reranked: Sequence[Rerank] = ()) -> tuple[Table, ...]:
    """All tables of a run, those without rows left out; published figures have one of their own."""
    sets = summary.sets
    found = [
        _accuracy(summary),
        _published(),
        _drops("Distractors: the same rows without and with them", summary.drops),
        _parts("By kind of distractor", {name: s.kinds for name, s in sets.items()}),
        _parts("By steps of the gold answer", {name: s.steps for name, s in sets.items()}),
        _parts("By operation of the gold answer", {name: s.operations for name, s in sets.items()}),
        _set_aside(sets),
        _confidence(sets),
        _costs(sets),
        _reranked(reranked),
    ]
    return tuple(table for table in found if table.rows)


def comparison(summaries: Sequence[Summary], drops: Sequence[Drop]) -> tuple[Table, ...]:
    """Two runs side by side, over each set that both have, and McNemar over the same questions."""
    first, second = summaries
    shared = [name for name in first.sets if name in second.sets]
    rows = tuple(
        (name, *(_interval(s.sets[name].accuracy) for s in (first, second))) for name in shared
    )
    side = Table("Side by side", ("set", f"A: {first.name}", f"B: {second.name}"), rows)
    return side, _drops("The same questions: from A to B", drops, names=("A", "B"))


def notes(summary: Summary) -> tuple[str, ...]:
    """What a reader has to know of the figures."""
    lines = [
        "Accuracy: values within a relative 1e-6 of the gold answer, whatever their status, over "
        "undamaged rows; in brackets the 95 % bootstrap interval.",
    ]
    for one in summary.sets.values():
        if one.made:
            lines.append(
                f"{one.name} was made here by the distractor engine ({one.source}): it is like "
                "DistractMath-Bn in shape, and is not that set."
            )
        if one.damaged:
            lines.append(f"{one.name}: {one.damaged} damaged rows stand apart.")
    if summary.unasked:
        lines.append(f"The run is not finished: {summary.unasked} questions were not asked yet.")
    lines.append(
        f"Published figures are of the whole test sets; source: {SOURCE}. 'By our weights' is computed "
        "from the four columns, weighed by the sizes of the sets; where it differs from the average as "
        "published, the published row does not agree with itself."
    )
    return tuple(lines)


def percent(share: float) -> str:
    """A share as percent with one decimal; a dash for NaN."""
    return "–" if math.isnan(share) else f"{100 * share:.1f}"


def _interval(interval: Interval) -> str:
    if math.isnan(interval.value):
        return "–"
    return f"{percent(interval.value)} [{percent(interval.low)}, {percent(interval.high)}]"


def _accuracy(summary: Summary) -> Table:
    rows = [
        (
            name,
            str(one.accuracy.count),
            _interval(one.accuracy),
            percent(one.executed),
            str(one.answered.count),
            percent(one.answered.value),
            percent(one.with_damaged.value) if one.damaged else "",
        )
        for name, one in summary.sets.items()
    ]
    if summary.weighted is not None:
        average = _interval(summary.weighted)
        rows.append(("weighted average", str(summary.weighted.count), average, "", "", "", ""))
    columns = ("set", "rows", "accuracy %", "executed %", "answered", "of these right %",
               "with damaged rows %")  # fmt: skip
    return Table(f"Measured here: {summary.name}", columns, tuple(rows))


def _published() -> Table:
    rows = tuple(
        (
            row.model,
            *(f"{row.accuracy[name]:.1f}" for name in SIZES),
            f"{row.average:.1f}",
            f"{weighted_average(row.accuracy):.1f}",
            "" if row.output_tokens is None else f"{row.output_tokens:,}",
        )
        for row in PUBLISHED
    )
    columns = ("model", *SIZES, "average as published", "by our weights", "output tokens")
    return Table("Published by others (not measured here), accuracy %", columns, rows)


def _drops(
    title: str, drops: Sequence[Drop], names: tuple[str, str] = ("without", "with")
) -> Table:
    rows = tuple(
        (d.name, str(d.pairs), percent(d.before), percent(d.after),
         f"{100 * (d.after - d.before):+.1f}", str(d.lost), str(d.won), f"{d.p:.2g}")
        for d in drops
    )  # fmt: skip
    columns = ("rows", "pairs", f"{names[0]} %", f"{names[1]} %", "change", "lost", "won",
               "McNemar p")  # fmt: skip
    return Table(title, columns, rows)


def _parts(title: str, parts: Mapping[str, Mapping[str, Interval]]) -> Table:
    rows = tuple(
        (name, label, str(interval.count), _interval(interval))
        for name, labels in parts.items()
        for label, interval in labels.items()
    )
    return Table(title, ("set", "part", "rows", "accuracy %"), rows)


def _set_aside(sets: Mapping[str, SetSummary]) -> Table:
    rows = tuple(
        (name, str(d.gold), percent(d.precision), percent(d.recall), percent(d.f1))
        for name, one in sets.items()
        if (d := one.distractors) is not None
    )
    columns = ("set", "gold distractors", "precision %", "recall %", "F1 %")
    return Table("Numbers set aside", columns, rows)


def _confidence(sets: Mapping[str, SetSummary]) -> Table:
    rows = tuple(
        (name, f"{one.risk_area:.3f}", f"{one.calibration_error:.3f}") for name, one in sets.items()
    )
    columns = ("set", "area under risk-coverage", "expected calibration error")
    return Table("Confidence", columns, rows)


def _costs(sets: Mapping[str, SetSummary]) -> Table:
    def rows() -> Iterator[tuple[str, ...]]:
        for name, one in sets.items():
            cost = one.cost
            yield (
                name,
                f"{cost.tokens_mean:.1f}",
                f"{cost.tokens_median:g}",
                f"{cost.seconds:.4f}",
                "" if cost.prefill is None else f"{cost.prefill:.4f}",
                "" if cost.decode is None else f"{cost.decode:.4f}",
                "" if cost.peak_bytes is None else f"{cost.peak_bytes / 2**20:,.0f}",
            )

    columns = ("set", "output tokens, mean", "median", "seconds a question", "prefill", "decode",
               "peak memory, MiB")  # fmt: skip
    return Table("Cost", columns, tuple(rows()))


def _reranked(reranked: Sequence[Rerank]) -> Table:
    rows = tuple(
        (r.generator, r.set, *map(_interval, (r.greedy, r.majority, r.checked))) for r in reranked
    )
    columns = ("generator", "set", "greedy %", "majority by answer %", "weighed by the checks %")
    return Table("Several samples", columns, rows)
