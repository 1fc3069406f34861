"""Questionnaire → Instrument, or why it cannot be scored faithfully.

The extensions read here are defined in ``questionnaires/StructureDefinition-*.json``.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fhir_alliance.errors import Unscorable
from fhir_alliance.fhir import systems
from fhir_alliance.fhir.form import CONTAINERS, KINDS, Form, Item
from fhir_alliance.scoring.answers import Answer
from fhir_alliance.scoring.fit import Fit
from fhir_alliance.scoring.instrument import Coding, Instrument, Question, Rule, Wording
from fhir_alliance.scoring.result import Sharing

#: code system's url → code → concept
CodeSystems = Mapping[str, Mapping[str, dict[str, Any]]]

#: linkIds with a meaning of their own, optional in any instrument
THERAPIST, CONTACT, SHARING = "therapist", "contact", "sharing"

_STATUSES = ("draft", "active", "retired", "unknown")
_RULE = "Questionnaire.extension('scoring-rule')"
_COMPONENTS = (
    systems.YES_COUNT,
    systems.NO_COUNT,
    systems.OPEN_COUNT,
    systems.CONTACT_COMPONENT,
    systems.TOPIC,
)


def read_instrument(questionnaire: dict[str, Any], form: Form, file: str, code_systems: CodeSystems) -> Instrument:
    """The instrument in ``questionnaire``; Unscorable, naming file and element, where there is none."""
    return _Reader(questionnaire, form, file, code_systems).instrument()


class _Reader:
    """Reads one Questionnaire, so that every refusal can name its file."""

    def __init__(self, questionnaire: dict[str, Any], form: Form, file: str, code_systems: CodeSystems) -> None:
        self.questionnaire = questionnaire
        self.form = form
        self.file = file
        self.code_systems = code_systems
        self.repeated = frozenset(_repeated(form.items))
        self.parts = self._rule_parts()

    def instrument(self) -> Instrument:
        self._check_whole()
        self._check_items()
        answers = self._rule_answers()
        questions = tuple(self._questions(answers))
        self._check_sharing()
        return Instrument(
            url=self.questionnaire["url"],
            version=self.questionnaire["version"],
            questions=questions,
            rule=Rule(answers, self._threshold(len(questions))),
            wording=self._wording(),
        )

    def _refuse(self, element: str, why: str) -> Unscorable:
        return Unscorable(self.file, element, why)

    def _check_whole(self) -> None:
        """https://hl7.org/fhir/R4/extensibility.html#modifierExtension: what cannot be understood is not used."""
        for element in ("modifierExtension", "implicitRules"):
            if element in self.questionnaire:
                raise self._refuse(f"Questionnaire.{element}", "it is not supported, and may change the meaning")
        if self.questionnaire["status"] not in _STATUSES:
            raise self._refuse("Questionnaire.status", f"it is one of {', '.join(_STATUSES)}")

    def _check_items(self) -> None:
        for item, where in _items(self.questionnaire, "Questionnaire"):
            if item.get("type") not in (*KINDS, *CONTAINERS):
                raise self._refuse(f"{where}.type", "R4 has no such type of item")
            if item.get("enableBehavior", "all") not in ("all", "any"):
                raise self._refuse(f"{where}.enableBehavior", "it is all or any")
            for condition in item.get("enableWhen", ()):
                if condition["question"] not in self.form.by_link_id:  # it could never hold
                    raise self._refuse(f"{where}.enableWhen", f"there is no item '{condition['question']}'")
        for link_id in (THERAPIST, CONTACT, SHARING):
            self._check_aside(link_id, "string" if link_id == THERAPIST else "choice")

    def _check_aside(self, link_id: str, kind: str) -> None:
        """An item with a meaning of its own is read as one answer of one type."""
        item = self.form.by_link_id.get(link_id)
        optionless = kind == "choice" and item is not None and item.options is None
        if item and (item.type != kind or link_id in self.repeated or optionless):
            why = f"it is one {kind}{' with options' if kind == 'choice' else ''}"
            raise self._refuse(f"Questionnaire.item.where(linkId='{link_id}')", why)

    def _rule_parts(self) -> list[dict[str, Any]]:
        found = list(_extensions(self.questionnaire, systems.SCORING_RULE))
        if len(found) != 1:
            raise self._refuse("Questionnaire.extension", f"there must be one extension {systems.SCORING_RULE}")
        parts: list[dict[str, Any]] = found[0].get("extension", [])
        return parts

    def _part(self, name: str, value: str) -> Any:
        for part in self.parts:
            if part.get("url") == name and value in part:
                return part[value]
        raise self._refuse(f"{_RULE}.{name}", f"the scoring rule has no {name} ({value})")

    def _rule_answers(self) -> dict[tuple[str, str], Answer]:
        answers: dict[tuple[str, str], Answer] = {}
        for answer in (Answer.YES, Answer.NO, Answer.NOT_SURE):
            for part in self.parts:
                if part.get("url") != answer:
                    continue
                coding = self._coding(part.get("valueCoding", {}), f"{_RULE}.{answer}")
                if (coding.system, coding.code) in answers:
                    raise self._refuse(f"{_RULE}.{answer}", f"the code '{coding.code}' counts twice")
                answers[coding.system, coding.code] = answer
        for answer in (Answer.YES, Answer.NO):
            if answer not in answers.values():
                raise self._refuse(f"{_RULE}.{answer}", f"no code counts as {answer}")
        return answers

    def _threshold(self, questions: int) -> int:
        threshold = self._part("threshold", "valueInteger")
        if not isinstance(threshold, int) or not 1 <= threshold <= questions:
            raise self._refuse(f"{_RULE}.threshold", f"the threshold must be 1 to {questions}")
        return threshold

    def _questions(self, answers: Mapping[tuple[str, str], Answer]) -> Iterator[Question]:
        codes: set[str] = set()
        for item, where in _items(self.questionnaire, "Questionnaire"):
            if any(mark.get("valueBoolean") for mark in _extensions(item, systems.SCORED)):
                question = self._question(item, where, answers)
                if question.code.code in codes:  # a topic is known by its code
                    raise self._refuse(f"{where}.code[0]", f"the code '{question.code.code}' is used twice")
                codes.add(question.code.code)
                yield question
        if not codes:
            raise self._refuse("Questionnaire.item", "no item is marked as scored")

    def _question(self, item: dict[str, Any], where: str, answers: Mapping[tuple[str, str], Answer]) -> Question:
        defined = self.form.by_link_id[item["linkId"]]
        if defined.type != "choice" or item["linkId"] in self.repeated:
            raise self._refuse(f"{where}.type", "a scored item is a choice that does not repeat, nor its groups")
        missing = {("Coding", coded) for coded in answers} - (defined.options or frozenset())
        if missing:
            codes = ", ".join(sorted(code for _, (_, code) in missing))
            raise self._refuse(f"{where}.answerOption", f"a scored item needs the rule's options: {codes}")
        if not item.get("code"):
            raise self._refuse(f"{where}.code", "a scored item needs a code")
        return Question(
            link_id=item["linkId"],
            code=self._coding(item["code"][0], f"{where}.code[0]"),
            opener=self._text(item, systems.OPENER, where),
        )

    def _check_sharing(self) -> None:
        """``sharing`` is read by code, so its options must be the known ones."""
        item = self.form.by_link_id.get(SHARING)
        known = {(systems.SHARING, str(sharing)) for sharing in Sharing}
        if item and set(_codings(item)) != known:
            where = f"Questionnaire.item.where(linkId='{SHARING}').answerOption"
            raise self._refuse(where, f"its options are all codes of {systems.SHARING}")

    def _contacts(self) -> dict[str, Coding]:
        item = self.form.by_link_id.get(CONTACT)
        where = f"Questionnaire.item.where(linkId='{CONTACT}').answerOption"
        contacts = {}
        for system, code in _codings(item) if item else ():
            if system != systems.CONTACT:
                raise self._refuse(where, f"its options are codes of {systems.CONTACT}")
            contacts[code] = _coding_of(system, self._concept(system, code, where))
        return contacts

    def _wording(self) -> Wording:
        observation = self._coding(self._part("observation", "valueCoding"), f"{_RULE}.observation")
        fit = self._part("fit", "valueCanonical")
        fits = {name: self._concept(fit, name, f"{_RULE}.fit") for name in Fit}
        return Wording(
            observation=observation,
            method=self._coding(self._part("method", "valueCoding"), f"{_RULE}.method"),
            fits={name: _coding_of(fit, concept) for name, concept in fits.items()},
            notes={name: self._note(concept) for name, concept in fits.items()},
            components={
                code: _coding_of(
                    systems.OBSERVATION, self._concept(systems.OBSERVATION, code, "Observation.component")
                )
                for code in _COMPONENTS
            },
            contacts=self._contacts(),
            general_topic=self._text(self.questionnaire, systems.GENERAL_TOPIC, "Questionnaire"),
            not_asked=tuple(self._texts(self.questionnaire, systems.NOT_ASKED, "Questionnaire")),
            limits=self._text(self.questionnaire, systems.LIMITS, "Questionnaire"),
        )

    def _note(self, concept: dict[str, Any]) -> str:
        for one in concept.get("property", ()):
            if one.get("code") == "note" and "valueString" in one:
                return str(one["valueString"])
        raise self._refuse(f"{_RULE}.fit", f"the concept '{concept['code']}' has no note")

    def _text(self, holder: dict[str, Any], url: str, where: str) -> str:
        for text in self._texts(holder, url, where):
            return text
        raise self._refuse(f"{where}.extension", f"there must be an extension {url}")

    def _texts(self, holder: dict[str, Any], url: str, where: str) -> Iterator[str]:
        for extension in _extensions(holder, url):
            if "valueString" not in extension:
                raise self._refuse(f"{where}.extension", f"the extension {url} has a valueString")
            yield extension["valueString"]

    def _concept(self, system: str, code: str, where: str) -> dict[str, Any]:
        try:
            return self.code_systems[system][code]
        except KeyError:
            raise self._refuse(where, f"the folder's {system} has no code '{code}'") from None

    def _coding(self, coding: dict[str, Any], where: str) -> Coding:
        system, code = str(coding.get("system")), str(coding.get("code"))
        return _coding_of(system, self._concept(system, code, where))


def _coding_of(system: str, concept: dict[str, Any]) -> Coding:
    return Coding(system, concept["code"], concept.get("display", concept["code"]))


def _extensions(holder: dict[str, Any], url: str) -> Iterator[dict[str, Any]]:
    return (extension for extension in holder.get("extension", ()) if extension.get("url") == url)


def _items(parent: dict[str, Any], where: str) -> Iterator[tuple[dict[str, Any], str]]:
    for index, item in enumerate(parent.get("item", ())):
        yield item, f"{where}.item[{index}]"
        yield from _items(item, f"{where}.item[{index}]")


def _repeated(items: Iterable[Item], *, within: bool = False) -> Iterator[str]:
    """The linkIds of what may be answered more than once: it repeats, or something that it stands in."""
    for item in items:
        repeats = within or item.repeats
        if repeats:
            yield item.link_id
        yield from _repeated(item.items, within=repeats)


def _codings(item: Item) -> Iterator[tuple[str, str]]:
    for kind, value in item.options or ():
        if kind == "Coding" and isinstance(value, tuple):
            yield value
