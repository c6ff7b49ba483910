"""The namespaces of a client: constants for the endpoints, and short methods that use them."""
