"""The services: independent of each other, found through entry points, imported by name by nobody."""
