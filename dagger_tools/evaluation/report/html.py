"""One HTML page that needs nothing else: tables, plots, and every wrong answer with its graph."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from dagger_tools.errors import GraphError
from dagger_tools.evaluation.report.tables import Table
from dagger_tools.evaluation.run import Record
from dagger_tools.graph import Graph, json_number
from dagger_tools.graph.parse import read_graph

__all__ = ["write_html"]

_MAX_ERRORS = 2_000
"""Questions drawn on a page at most; the rows hold all of them."""
_MAX_TEXT = 4_000

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<style>
body {{ font: 15px/1.5 sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; margin: .5rem 0 1.5rem }}
th, td {{ border: 1px solid #ccc; padding: .2rem .6rem; text-align: left }}
th {{ background: #f2f2f2 }}
figure {{ margin: 1rem 0 }} figure svg {{ max-width: 100%; height: auto }}
details {{ border: 1px solid #ddd; border-radius: 6px; margin: .4rem 0; padding: .3rem .8rem }}
summary {{ cursor: pointer }} img {{ max-width: 100% }} pre {{ white-space: pre-wrap }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


def write_html(
    path: Path,
    *,
    title: str,
    tables: Iterable[Table],
    notes: Sequence[str],
    plots: dict[str, str],
    lists: dict[str, Sequence[Record]],
) -> None:
    """Write the page; ``lists`` are questions to browse, by heading.

    Whatever comes from a set or a model is escaped, the graphs stand in images (where no script
    runs), and the page's policy lets it load nothing.
    """
    body = [f"<p>{escape(note)}</p>" for note in notes]
    body += [_table(table) for table in tables]
    for heading, svg in plots.items():
        body.append(f"<h2>{escape(heading)}</h2><figure>{svg}</figure>")
    for heading, records in lists.items():
        body.append(f"<h2>{escape(heading)} ({len(records)})</h2>")
        body += [_record(record) for record in records[:_MAX_ERRORS]]
        if len(records) > _MAX_ERRORS:
            body.append(f"<p>and {len(records) - _MAX_ERRORS:,} more in rows.jsonl</p>")
    page = _PAGE.format(title=escape(title), body="\n".join(body))
    # half a character (a lone surrogate) that a model wrote must not stop the report
    path.write_bytes(page.encode("utf-8", "replace"))


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows
    )
    return f"<h2>{escape(table.title)}</h2><table><tr>{head}</tr>{rows}</table>"


def _record(record: Record) -> str:
    row = record.row
    gold = json_number(record.problem.answer)
    failed = "; ".join(f"{c['name']}: {c['detail']}" for c in row["checks"] if not c["passed"])
    facts = [
        f"gold {gold}, given {row['exact'] or row['value']}, {row['status']}, "
        f"confidence {record.confidence:.2f}",
        *([f"failed checks: {failed}"] if failed else []),
        *([f"{row['reason']}: {row['detail']}"] if row["reason"] else []),
    ]
    outputs = "\n\n".join(str(output["text"])[:_MAX_TEXT] for output in row["outputs"])
    return (
        f"<details><summary>{escape(record.key)}: {escape(record.problem.question)}</summary>"
        + "".join(f"<p>{escape(fact)}</p>" for fact in facts)
        + _drawing(record)
        + f"<pre>{escape(outputs)}</pre></details>"
    )


def _drawing(record: Record) -> str:
    written = record.row["graph"]
    if written is None:
        return ""
    try:
        graph: Graph = read_graph(written)
    except GraphError as error:
        return f"<p>{escape(str(error))}</p>"
    data = base64.b64encode(graph.to_svg().encode("utf-8", "replace")).decode("ascii")
    return f'<img alt="the graph" src="data:image/svg+xml;base64,{data}">'
