"""From pictures and phrases to things in the world."""
