"""What can go wrong, by what the caller does about it.

- AllianceError
    - Unreadable          the sender mends the body (fhir/issues.py, since it carries an Issue)
    - Unscorable          the clinic mends the questionnaires folder; the start stops
    - WrongSetting        the clinic mends a setting; the start stops
    - DatabaseFault       nothing was kept: the sender tries again
        - UnknownSchema       the database is of another version; a start stops
        - DatabaseUnavailable gone, full, locked or read-only
        - Overtaken           another writer was faster: worth another try at once
    - ChartFault          the EHR did not do as asked
        - NotNow          not sent or surely not done: try again later
            - NoWayToLook     what was sent before cannot be looked for: a person must
        - Unanswered      perhaps done: look first
        - Conflict        someone was faster: look first
        - Refused         a person must look
"""


class AllianceError(Exception):
    """The base of every error of this program."""


class Unscorable(AllianceError):
    """An artifact that cannot be published and scored faithfully."""

    def __init__(self, file: str, element: str, why: str) -> None:
        super().__init__(f"{file}: {element}: {why}")
        self.element = element
        self.why = why


class WrongSetting(AllianceError):
    """A setting that is unknown, or has a value it does not take."""


class DatabaseFault(AllianceError):
    """The database does not do as asked; nothing was kept. ``cause`` is short, and safe to show."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class UnknownSchema(DatabaseFault):
    """A database whose tables this version does not know."""


class DatabaseUnavailable(DatabaseFault):
    """A database that is gone, full, locked or read-only."""

    def __str__(self) -> str:
        """In a sentence."""
        return f"the database does not do as asked, so nothing was kept: {self.cause}"


class Overtaken(DatabaseFault):
    """Another writer added what was new here, too."""

    def __init__(self) -> None:
        super().__init__("other writers were faster, again and again")


class ChartFault(AllianceError):
    """The EHR did not do as asked. ``code`` is short, and safe to show."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotNow(ChartFault):
    """Surely not done. ``retry_after`` is the EHR's own word, in seconds."""

    def __init__(self, code: str, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class NoWayToLook(NotNow):
    """The EHR offers neither to read nor to search, so that it is not known what it has."""


class Unanswered(ChartFault):
    """No full answer: it may have been done."""


class Conflict(ChartFault):
    """The Observation is not as it was when we looked."""


class Refused(ChartFault):
    """The EHR will not take it as it is."""
