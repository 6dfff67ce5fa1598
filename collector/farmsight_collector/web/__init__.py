"""The web page and the REST API: what people see of the farm."""
