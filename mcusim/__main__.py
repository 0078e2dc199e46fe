"""`python -m mcusim`."""

import sys

from mcusim.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
