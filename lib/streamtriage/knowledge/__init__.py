"""The tables: facts with citations, grades and dates, and one loader for each."""
