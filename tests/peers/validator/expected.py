"""Warnings that are let be, each with its reason."""

from tests.peers.validator.validator import Message

#: the validator's name for it → why
EXPECTED = {
    "SD_ED_EXPERIMENTAL_BINDING": "R4 itself binds language to a value set that it calls experimental",
}


def beyond(messages: list[Message]) -> list[Message]:
    """What is not expected."""
    return [one for one in messages if one.severity != "warning" or one.id not in EXPECTED]
