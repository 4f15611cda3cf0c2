"""`python -m hipform` is the `hipform` command."""

from hipform.cli import main

if __name__ == "__main__":
    main()
