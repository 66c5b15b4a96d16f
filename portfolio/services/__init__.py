"""Verbs: one use case, one transaction, a frozen dataclass back."""
