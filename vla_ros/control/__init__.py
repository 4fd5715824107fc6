"""From tool commands to what a controller takes, through the safety gate."""
