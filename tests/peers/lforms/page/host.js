// What a host page adds to LHC-Forms for our checklist.
const { Util } = window.LForms;

// Shows the form for one patient, with the answers of a former response where there is one.
window.show = async (questionnaire, subject, former) => {
  const empty = Util.convertFHIRQuestionnaireToLForms(questionnaire, "R4");
  const form = former ? Util.mergeFHIRDataIntoLForms("QuestionnaireResponse", former, empty, "R4") : empty;
  form.templateOptions = { showCodingInstruction: true }; // the help is read at once, not behind a button
  await Util.addFormToPage(form, "form");
  document.getElementById("send").onclick = () => {
    window.sent = completed(window.taken(), subject, former);
  };
};

// What LHC-Forms gives back: `completed`, with the time it was asked, and nobody's.
window.taken = () => Util.getFormFHIRData("QuestionnaireResponse", "R4", "#form");

function completed(taken, subject, former) {
  return former ? { ...taken, subject, id: former.id, status: "amended" } : { ...taken, subject };
}
