"""Trains the network that hears "stop", "halt" and "freeze", on speech made offline."""
