"""The report: one page that shows what is owed, what was done about it, and whom to call."""

from duetrail_report.writing import render_report, write_report

__all__ = ["render_report", "write_report"]
