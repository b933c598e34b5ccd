"""Spirou: the command line of a person who delegates."""
