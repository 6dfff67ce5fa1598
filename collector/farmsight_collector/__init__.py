"""The collector: keeps every fact's history, correlates servers, names causes."""
