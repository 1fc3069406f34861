"""What a person should do about a submission or a fault, in plain words."""

import re

from fhir_alliance.ledger.reads import Attention
from fhir_alliance.ledger.reasons import SUBJECT_CHANGED, TWO_SUBMISSIONS, needs_release

_HELD = {
    SUBJECT_CHANGED: "The response now names another patient, and what stood for the first is withdrawn. Make "
    "sure in the EHR whose answers they are: release where the new patient is right, else correct the response.",
    TWO_SUBMISSIONS: "The response has the id of one submission and the identifier of another. Find out in the "
    "EHR to which it belongs, and correct its identifier; release where it is right as it is.",
    "deleted-in-chart": "Someone deleted the Observation in the EHR. Ask why; release to write it again, or to "
    "let it be where it was withdrawn.",
    "changed-in-chart": "Someone changed the Observation in the EHR. Ask why; release to write over the change.",
}
_NOT_KEPT = (
    "The EHR shows another {lost} than was written, so a clinician may be misled. See what it made of the "
    "Observation and have that mended, then release."
)
_NOT_WHOLE = (
    "The result stands and reads right, but the EHR left out: {lost}. Nothing needs to be done, unless the clinic "
    "wants these elements."
)
_INVALID = (
    "The response breaks a rule, so it was not scored; what stood before still stands. Have it corrected in the "
    "EHR: fhir-alliance validate tells all that is wrong."
)
_NO_WAY = (
    "The server's /metadata offers no way to write this once. It must read and update the type, and take "
    "our id (updateCreate), or create or update on a condition, or create and search."
)

#: beginning of a code → what it says of the server
_CODES = (
    ("no-connection", "The server cannot be reached: check the address, the network and its certificate."),
    ("no-answer", "The server did not answer in time."),
    ("answer-too-large", "The answer was too large."),
    ("too-slow", "The server did not finish its answer in time."),
    ("no-usable-metadata", "The server's /metadata is no CapabilityStatement: is the address the FHIR base?"),
    ("no-way-to-write-once", _NO_WAY),
    (
        "search-not-heeded",
        "The server answers a search by identifier, or url and version, with what has another.",
    ),
    ("several-there", "The server has several with one identifier, or one url and version: delete what is wrong."),
    ("there-already", "The server has it already: look again."),
    ("no-searchset", "The server did not answer the search with all that it has, or that it has nothing."),
    ("no-observation", "The server gives something else where our Observation should be."),
    ("no-id", "The server did not say under what id it kept the Observation."),
    ("not-kept", "The server took the Observation, but does not have it."),
    ("lease-ran-out", "The program ended in the middle of an attempt."),
    ("changed-meanwhile", "The response changed while the last attempt was under way."),
    ("unexpected", "This program met something it did not expect: its log tells where."),
    ("released", "A person released it."),
    ("retried", "A person had it tried again."),
    (
        "not-tried",
        "No attempt was made yet. If that lasts: does the EHR answer, and does serve or work run, with EHR_URL?",
    ),
    ("no-resource", "The answer is no FHIR resource: is the address the FHIR base?"),
    ("http-3", "The server sends callers to another address: set that one as the FHIR base."),
    ("http-401", "The server wants a valid token: check EHR_TOKEN."),
    ("http-403", "The server does not allow this: check what its account for this program may do."),
    ("http-404", "The server does not keep this type, or takes no ids from outside."),
    ("http-405", "The server does not allow writing this type."),
    ("http-409", "Someone else was writing it at the same time: try again."),
    ("http-412", "Someone else was writing it at the same time: try again."),
    ("http-429", "The server has too much to do: try again later."),
    (
        "http-4",
        "The server refused it as it is: mend what the code names, often a reference, a rule or a profile.",
    ),
    ("http-5", "The server failed: look at its log."),
)


def of(attention: Attention) -> str:
    """What is the matter, and what to do about it."""
    if attention.kind == "invalid":
        return _INVALID
    lost = re.sub(r"^not[- ]kept: ", "", attention.reason)
    if attention.kind == "not-whole":
        return _NOT_WHOLE.format(lost=lost)
    if lost != attention.reason:
        return _NOT_KEPT.format(lost=lost)
    then = command(attention.reason, attention.hold)
    return _HELD.get(attention.reason) or f"{of_code(attention.reason)} Then {then}."


def command(reason: str, hold: str | None) -> str:
    """What lets a held entry go on: what the EHR refused is tried again, all else is a person's to judge."""
    return "release" if hold or needs_release(reason) else "retry"


def of_code(code: str) -> str:
    """What a fault's code says, as far as it is known."""
    return next((told for start, told in _CODES if code.startswith(start)), "The server did not do as asked.")
