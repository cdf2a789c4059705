"""``python -m selftaught``: the command line."""

from selftaught.cli import main

if __name__ == "__main__":
    main()
