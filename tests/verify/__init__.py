"""Attempts to fool the verifier: altered documents, malformed ones, poisoned graphs, flipped bytes, confused keys."""
