// 1upHealth's cards, one an Observation.
import 'fhir-react/build/style.css';

import { FhirResource, fhirVersions } from 'fhir-react';
import { createRoot } from 'react-dom/client';

let root;

window.show = (observations) => {
  root?.unmount();
  root = createRoot(document.getElementById('chart'));
  root.render(
    observations.map((observation) => (
      <FhirResource key={observation.id} fhirResource={observation} fhirVersion={fhirVersions.R4} />
    )),
  );
};
