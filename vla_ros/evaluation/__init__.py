"""Episodes, scores and their confidence."""
