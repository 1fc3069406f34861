"""Takes docs/images/lhc-forms.png: ``python -m tests.peers.lforms.screenshot``."""

from tests.peers.lforms.filler import LHC_FORMS
from tests.peers.picture import take_picture

if __name__ == "__main__":
    take_picture(LHC_FORMS, "lhc-forms.png")
