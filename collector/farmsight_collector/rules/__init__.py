"""The rules: one file a rule, `THEME/condition.py` holding the code `THEME.condition`."""
