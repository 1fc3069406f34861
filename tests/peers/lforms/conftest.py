"""What these tests inherit says why it fails, as they do."""

import pytest

pytest.register_assert_rewrite("tests.peers.form_filler")
