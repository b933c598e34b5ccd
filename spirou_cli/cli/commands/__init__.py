"""One file a command; a module is imported when its command runs."""
