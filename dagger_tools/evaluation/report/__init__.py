"""A run as a terminal table, Markdown, and one HTML page."""

from dagger_tools.evaluation.report.files import default_folder, write_report
from dagger_tools.evaluation.report.html import write_html
from dagger_tools.evaluation.report.markdown import to_markdown
from dagger_tools.evaluation.report.tables import Table, tables
from dagger_tools.evaluation.report.terminal import show

__all__ = ["Table", "default_folder", "show", "tables", "to_markdown", "write_html", "write_report"]
