"""The suite "language": one changed word must change what is done."""
