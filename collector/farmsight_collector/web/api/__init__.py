"""The REST API: the questions of the wire contract over HTTP, described by OpenAPI that is made from the contract."""
