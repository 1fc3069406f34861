"""LHC-Forms, as its ``install`` leaves it."""

from tests.peers.form import Filler

#: after a key the browser itself is not told that a radio is checked, so the dot that is shown counts
LHC_FORMS = Filler("lforms", made="node_modules/lforms", mark=".ant-radio-checked")
