// What a host page adds to Smart Forms for our checklist.
import { BaseRenderer, RendererThemeProvider, buildForm, getResponse, useRendererQueryClient }
  from "@aehrc/smart-forms-renderer";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { withHelp } from "./help.js";

// Milliseconds after the last key in which typed text is not yet in the response.
const TYPED = 400;

function Form() {
  return (
    <RendererThemeProvider>
      <QueryClientProvider client={useRendererQueryClient()}>
        <BaseRenderer />
      </QueryClientProvider>
    </RendererThemeProvider>
  );
}

// Shows the form for one patient, with the answers of a former response where there is one.
window.show = async (questionnaire, subject, former) => {
  // without a terminology server of ours it would name a public one
  const build = { questionnaire: withHelp(questionnaire), terminologyServerUrl: location.origin };
  await buildForm(former ? { ...build, questionnaireResponse: former } : build);
  createRoot(document.getElementById("form")).render(<Form />);
  document.getElementById("send").onclick = () => {
    setTimeout(() => { window.sent = completed(getResponse(), subject, former); }, TYPED);
  };
};

// What Smart Forms gives back: `in-progress`, nobody's, without a time.
window.taken = getResponse;

function completed({ item, ...taken }, subject, former) {
  const status = former ? "amended" : "completed";
  const answered = item.length ? { item } : {}; // R4 knows no empty list
  return { ...taken, ...answered, status, subject, authored: new Date().toISOString() };
}
