"""``python -m dagger_tools``: the command line, also as ``accelerate launch -m`` starts it."""

from dagger_tools.cli import main

if __name__ == "__main__":
    main(prog_name="dagger-tools")
