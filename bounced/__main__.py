"""`python -m bounced` is `bounced`."""

from bounced.cli import main

if __name__ == "__main__":
    main(prog_name="bounced")
