"""Built-in places to try the package on; every one is invented, says so, and is made by a seeded generator."""
