// Smart Forms shows help only where it is marked as an instruction, which R4's own definition does not allow on a display.
const SYSTEM = "http://hl7.org/fhir/questionnaire-display-category";
const INSTRUCTIONS = {
  url: "http://hl7.org/fhir/StructureDefinition/questionnaire-displayCategory",
  valueCodeableConcept: { coding: [{ system: SYSTEM, code: "instructions" }] },
};

const marked = (help) => ({ ...help, extension: [...help.extension, INSTRUCTIONS] });

const withMarkedHelp = (item) => (item.item ? { ...item, item: item.item.map(marked) } : item);

// The same questionnaire, its help shown.
export const withHelp = (questionnaire) => ({ ...questionnaire, item: questionnaire.item.map(withMarkedHelp) });
