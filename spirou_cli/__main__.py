"""``python -m spirou_cli`` is ``spirou``."""

from spirou_cli.cli import main

if __name__ == "__main__":
    main()
