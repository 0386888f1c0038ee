"""What holds for every test."""

import os

# Tests share no budget of a credential with each other, nor with anybody else on this machine.
os.environ["XDG_RUNTIME_DIR"] = os.devnull
