"""What PowerShell prints as text: lists, tables, rules."""
