# The one door for developers: `just check` is everything that must be true of a commit.

python := env("PYTHON", "python3")

# list what there is
default:
    @just --list

# everything: style, types, imports, messages, tests
check: lint test

# style, types, import directions, translations, generated pages
lint:
    {{python}} -m ruff check .
    {{python}} -m ruff format --check .
    {{python}} -m mypy
    lint-imports
    {{python}} -m tests.tools.messages --check
    {{python}} -m tests.tools.reference --check

# all tests; a real server that isn't installed is skipped by name
test *options:
    {{python}} -m pytest {{options}}

# look for examples that break a property, other ones each time
search *options:
    {{python}} -m pytest -m hypothesis --hypothesis-profile=search {{options}}

# install the real servers that the tests talk to (Debian, as root)
servers:
    bash tests/backends/install.sh

# make the generated pages and the message catalogue again
generate:
    {{python}} -m tests.tools.messages
    {{python}} -m tests.tools.reference
    {{python}} -m tests.tools.screens

# the whole fault campaign: kills, faults and power cuts for an hour and more, ends with a table
campaign *options:
    {{python}} -m tests.faults.campaign {{options}}

# time every command beside its floor and the peers that are installed
benchmark *options:
    {{python}} -m tests.benchmarks.run {{options}}

# build the wheel and the sdist
build:
    {{python}} -m build
