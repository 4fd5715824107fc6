"""The suite that measures what perception makes of phrases: network and geometry together."""
