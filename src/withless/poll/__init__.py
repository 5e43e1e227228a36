"""Polls: weights, shares with honest errors, tables, tests; the published polls of leaders; belief beside evidence."""
