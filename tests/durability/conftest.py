"""The EHR of these tests, where a test needs no other."""

from tests.deliver.conftest import ehr

__all__ = ["ehr"]
