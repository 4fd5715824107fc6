"""The suite "speech": spoken commands, talk, calls of the stop words and false alarms."""
