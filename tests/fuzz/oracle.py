"""What a response comes to, counted from its JSON with nothing of the program: the judge of what is accepted."""

from itertools import product
from typing import Any, NamedTuple

#: linkIds, and codes, of the nine questions in their order
QUESTIONS = (
    "sharing-more", "respected-heard", "knowledge-help", "language-identity", "approach", "warmth",
    "clear-responses", "direction", "silences",
)  # fmt: skip
MOST = 5
FITS = {(True, True): "yes-to-most", (False, False): "no-to-most", (False, True): "not-yet-clear"}


class Score(NamedTuple):
    """Counts, fit, and the topics that may be shared."""

    yes: int
    no: int
    open: int
    fit: str
    topics: tuple[str, ...]


def expected(response: dict[str, Any]) -> Score | None:
    """The score of a valid response; None where there should be none."""
    given = {item["linkId"]: _code(item) for item in response.get("item", [])}
    codes = [given.get(link_id) for link_id in QUESTIONS]
    sharing = given.get("sharing")
    if not {"yes", "no", "not-sure"} & {*codes} or sharing == "none":
        return None
    if response["status"] not in ("completed", "amended"):
        return None
    yes, no = codes.count("yes"), codes.count("no")
    topics = _topics(codes) if sharing == "topics" else ()
    return Score(yes, no, len(codes) - yes - no, _fit(yes, no, len(codes)), topics)


def _code(item: dict[str, Any]) -> str | None:
    for answer in item.get("answer", []):
        code: str | None = answer.get("valueCoding", {}).get("code")
        return code
    return None


def _fit(yes: int, no: int, questions: int) -> str:
    """Complete the open answers in every way there is."""
    ways = [yes + sum(more) >= MOST for more in product((0, 1), repeat=questions - yes - no)]
    return FITS[all(ways), any(ways)]


def _topics(codes: list[str | None]) -> tuple[str, ...]:
    answers = list(zip(QUESTIONS, codes, strict=True))
    wanted = [question for code in ("no", "not-sure") for question, one in answers if one == code]
    return tuple(wanted[:3])


def told(observation: dict[str, Any]) -> Score:
    """The score that an Observation tells, by its components; its text must say the same."""
    counts: dict[str, int] = {}
    topics: list[str] = []
    for component in observation["component"]:
        if "valueQuantity" in component:
            counts[component["valueQuantity"]["unit"].rpartition(" ")[2]] = component["valueQuantity"]["value"]
        elif component["code"]["coding"][0]["code"] == "topic":
            topics.append(component["valueCodeableConcept"]["coding"][0]["code"])
    yes, no, open_ = counts["yes"], counts["no"], counts["open"]
    text = observation["valueCodeableConcept"]["text"]
    assert text.startswith(f"Yes to {yes} of 9 (no {no}, open {open_}): "), text
    fit = observation["valueCodeableConcept"]["coding"][0]["code"]
    return Score(yes, no, open_, fit, tuple(topics))
