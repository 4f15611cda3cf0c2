# What is done often. `just` alone lists it.

_list:
    @just --list

# Install hipform with everything that its development needs
setup:
    pip install -e ".[dev]"

# Run the tests (give paths or -k to run some)
test *args:
    pytest {{args}}

# Lint, formatting, types, direction of imports
check:
    ruff check .
    ruff format --check .
    mypy
    lint-imports

# Mend what ruff can mend
fix:
    ruff check --fix .
    ruff format .

# Open the dashboard
dashboard:
    hipform dashboard

# Everything, as on a fresh machine
ci:
    .ci/run
