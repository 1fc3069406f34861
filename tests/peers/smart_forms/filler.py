"""Smart Forms, as its ``install`` leaves it."""

from tests.peers.form import Filler

SMART_FORMS = Filler("smart_forms", made="dist/host.js", mark=".Mui-checked", help_last=True)
