"""What a client can say to one question."""

from enum import StrEnum


class Answer(StrEnum):
    """One answer, as the rule reads it."""

    YES = "yes"
    NO = "no"
    NOT_SURE = "not-sure"
    DECLINED = "declined"
    SKIPPED = "skipped"

    @property
    def open(self) -> bool:
        """Neither yes nor no: it could still become either."""
        return self not in (Answer.YES, Answer.NO)

    @property
    def silent(self) -> bool:
        """Says nothing about the question, so it is never a topic."""
        return self in (Answer.DECLINED, Answer.SKIPPED)
