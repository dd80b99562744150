"""Checks every text that a person reads against the project's language rules: `python -m tools.language`.

`texts.py` finds the texts, and `rules.py` holds the rules. `baseline.json` counts the findings that are accepted today.
A count may fall and never rises, and a file that is not in the baseline has none.
"""
