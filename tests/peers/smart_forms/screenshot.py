"""Takes docs/images/smart-forms.png: ``python -m tests.peers.smart_forms.screenshot``."""

from tests.peers.picture import take_picture
from tests.peers.smart_forms.filler import SMART_FORMS

if __name__ == "__main__":
    take_picture(SMART_FORMS, "smart-forms.png")
