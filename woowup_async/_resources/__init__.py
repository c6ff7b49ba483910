"""The namespaces of a client: endpoint constants, and one-statement methods that use them."""
