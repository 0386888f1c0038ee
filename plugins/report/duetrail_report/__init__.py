"""The report: one page that shows what is owed, what was done about it, and whom to call."""
