"""Orientir: a skills portfolio and digital credential ledger for schools."""

__version__ = "0.1.0"
