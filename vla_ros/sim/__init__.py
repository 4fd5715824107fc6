"""Simulated worlds behind one protocol."""
