"""One card that says how good, how fast and how large mien is: measured, drawn, written by one command."""
