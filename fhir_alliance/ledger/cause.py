"""Why a database does not do as asked, in fixed words and its own code.

Never in the database's own words: they may quote a statement, a value, or an address that holds a password.
"""

import re

#: beginning of an SQLSTATE, or of SQLite's name for an error → what it means
_CODES = (
    ("08", "the connection broke"),
    ("25006", "it takes no writes"),
    ("28", "it does not let this role in"),
    ("3D000", "there is no such database"),
    ("42501", "the role has no right to this: does it own the database?"),
    ("53100", "its disk is full"),
    ("53300", "it has too many connections"),
    ("55P03", "another program has it locked"),
    ("57014", "it took too long"),
    ("57P", "it ends, or only begins"),
    ("SQLITE_BUSY", "another program has it locked"),
    ("SQLITE_CANTOPEN", "it cannot be opened: is it there, and this user's?"),
    ("SQLITE_CORRUPT", "the file is damaged"),
    ("SQLITE_FULL", "its disk is full"),
    ("SQLITE_IOERR", "its disk fails"),
    ("SQLITE_NOTADB", "the file is no database"),
    ("SQLITE_READONLY", "it takes no writes"),
)
#: where no connection came about there is no SQLSTATE, so what is said is looked at → what it means
_SAID = (
    ("failed to resolve host", "no host of this name is found"),
    ("Connection refused", "nothing listens at the address: the connection is refused"),
    ("QueuePool limit", "all connections to it are in use"),
    ("timeout expired", "no answer came from the address"),
    ('FATAL:  database ".*" does not exist', "there is no such database (3D000)"),
    ('FATAL:  role ".*" does not exist', "there is no such role (28000)"),
    ("FATAL:  no pg_hba.conf entry", "it does not let this role in from here (28000)"),
    ("password authentication failed|no password supplied", "it does not take this password (28P01)"),
    ("authentication failed", "it does not let this role in (28000)"),
    ("FATAL:  too many connections|FATAL:  sorry, too many clients", "it has too many connections (53300)"),
    ("FATAL:  the database system is", "it ends, or only begins (57P03)"),
)


def cause(fault: BaseException) -> str:
    """What an error of the driver, or one of SQLAlchemy around it, means."""
    told = getattr(fault, "orig", None) or fault
    code = getattr(told, "sqlite_errorname", None) or getattr(told, "sqlstate", None)
    if code is None:
        return next((means for said, means in _SAID if re.search(said, str(told))), "there is no connection to it")
    means = next((means for start, means in _CODES if code.startswith(start)), None)
    return f"{means} ({code})" if means else str(code)
