"""Single changes to a right response that we accept, though someone stricter might not."""

from collections.abc import Iterator
from random import Random

from tests.peers.validator import every_type
from tests.peers.validator.changes import (
    Change,
    Make,
    Resource,
    answer,
    checklist,
    putting,
    question,
    quiet,
    recoding,
    setting,
)
from tests.peers.validator.changes_of_r4 import having

TRANSLATION = {
    "url": "http://hl7.org/fhir/StructureDefinition/translation",
    "extension": [
        {"url": "lang", "valueCode": "en"},
        {"url": "content", "valueString": "Do you feel that this therapist respects you?"},
    ],
}
EXTENSION = {"extension": [{"url": "https://clinic.example/seconds", "valueInteger": 12}]}
ORPHAN = {"resourceType": "Patient", "id": "p1"}
XHTML = "http://www.w3.org/1999/xhtml"


def _both(*makes: Make) -> Make:
    def make(resource: Resource, random: Random) -> None:
        for one in makes:
            one(resource, random)

    return make


def _drop_first(resource: Resource, _: Random) -> None:
    del resource["item"][0]


def _narrative(div: str) -> Make:
    return having(text={"status": "generated", "div": div})


_OF_CHECKLIST: list[tuple[str, Make]] = [
    ("other-display", recoding(display="Ja")),
    ("translated-text", setting(text="Fühlen Sie sich respektiert?", _text={"extension": [TRANSLATION]})),
    ("own-extension", having(**EXTENSION)),
    ("own-extension-of-item", setting(**EXTENSION)),
    ("own-extension-of-answer", lambda r, x: question(r, x)["answer"][0].update(EXTENSION)),
    ("own-profile", having(meta={"profile": ["https://clinic.example/StructureDefinition/response"]})),
    ("tag-without-system", having(meta={"tag": [{"code": "lformsVersion: 40.1.3"}]})),
    ("label-without-system", having(meta={"security": [{"code": "HTEST"}]})),
    ("language-in-words", having(language="plain english")),
    ("contained-for-nothing", having(contained=[ORPHAN])),
    ("narrative-without-namespace", _narrative("<div>Said.</div>")),
    ("narrative-with-script", _narrative(f'<div xmlns="{XHTML}"><script>1</script></div>')),
    ("wrong-but-withdrawn", _both(having(status="entered-in-error"), setting(linkId="nowhere"))),
]

_OF_EVERY_TYPE: list[tuple[str, Make]] = [
    ("text-spaced-otherwise", putting(answer("name", {"valueString": "Ada"}, text="About  name?"))),
    ("three-emoji-of-five", putting(answer("name", {"valueString": "😀😀😀"}))),
    ("hour-with-fraction", putting(answer("hour", {"valueTime": "23:59:59.999"}))),
    ("uri-with-blank", putting(answer("link", {"valueUri": "https://clinic.example/a b"}))),
    ("oid-of-three-numbers", putting(answer("link", {"valueUri": "urn:oid:1.2.3"}))),
    ("uri-of-no-uuid", putting(answer("link", {"valueUri": "urn:uuid:123"}))),
    ("unknown-comparator", putting(answer("amount", {"valueQuantity": {"value": 1, "comparator": "="}}))),
    ("quantity-code-without-system", putting(answer("amount", {"valueQuantity": {"value": 1, "code": "h"}}))),
    ("attachment-without-type", putting(answer("scan", {"valueAttachment": {"data": "aGVsbG8="}}))),
    ("attachment-not-base64", putting(answer("scan", {"valueAttachment": {"contentType": "a/b", "data": "!!"}}))),
    ("reference-to-no-contained", putting(answer("who", {"valueReference": {"reference": "#x"}}))),
    ("blanks-around", putting(answer("name", {"valueString": " Ada "}))),
    ("same-answer-twice", putting(answer("many", every_type.coding("1"), every_type.coding("1")))),
    ("in-progress", _both(having(status="in-progress"), _drop_first)),
    ("stopped", _both(having(status="stopped"), _drop_first)),
]


def of_liberty() -> Iterator[Change]:
    """Every change that we accept."""
    for name, make in _OF_CHECKLIST:
        yield Change(name, None, checklist, make)
    for name, make in _OF_EVERY_TYPE:
        yield Change(name, None, quiet, make)
