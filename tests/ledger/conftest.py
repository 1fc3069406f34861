"""The desks of the doors' tests."""

from tests.web.conftest import desk, ehr_desk

__all__ = ["desk", "ehr_desk"]
