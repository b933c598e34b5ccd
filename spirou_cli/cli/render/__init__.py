"""Results → screen, tab-separated, CSV, JSON; the only code that writes to a terminal."""
