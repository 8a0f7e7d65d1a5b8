"""How good a generator is on Bangla questions: sets, a runner that resumes, metrics, a report.

::

    names --read_set--> Problems --run--> rows.jsonl --summarise--> Summary --report--> table, HTML
"""

from dagger_tools.evaluation.metrics import Summary, summarise
from dagger_tools.evaluation.problem import Problem
from dagger_tools.evaluation.published import PUBLISHED, PublishedRow
from dagger_tools.evaluation.run import Run, open_run
from dagger_tools.evaluation.runner import Plan, evaluate
from dagger_tools.evaluation.sets import ProblemSet, read_sets

__all__ = [
    "PUBLISHED",
    "Plan",
    "Problem",
    "ProblemSet",
    "PublishedRow",
    "Run",
    "Summary",
    "evaluate",
    "open_run",
    "read_sets",
    "summarise",
]
