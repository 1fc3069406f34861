// Medplum's three ways to show an Observation; the part of the URL after # says which.
import '@mantine/core/styles.css';
import '@medplum/react/styles.css';

import { MantineProvider } from '@mantine/core';
import { MedplumClient, indexStructureDefinitionBundle } from '@medplum/core';
import { MedplumProvider, ObservationTable, ResourceTable, SearchControl } from '@medplum/react';
import { createRoot } from 'react-dom/client';

const SEARCH = { resourceType: 'Observation', fields: ['code', 'value[x]', 'effective[x]', 'status'] };
const VIEWS = {
  list: () => <SearchControl search={SEARCH} hideToolbar hideFilters />,
  table: (observations) => <ObservationTable value={observations} />,
  detail: ([observation]) => <ResourceTable value={observation} ignoreMissingValues />,
};

const learnt = fetch('schema.json').then((answer) => answer.json()).then(indexStructureDefinitionBundle);
let root;

// A server that finds the given Observations whatever it is asked.
function clientOf(observations) {
  const bundle = { resourceType: 'Bundle', type: 'searchset', entry: observations.map((resource) => ({ resource })) };
  const headers = { 'Content-Type': 'application/fhir+json' };
  return new MedplumClient({ fetch: async () => new Response(JSON.stringify(bundle), { headers }) });
}

window.show = async (observations) => {
  await learnt;
  root?.unmount();
  root = createRoot(document.getElementById('chart'));
  root.render(
    <MantineProvider>
      <MedplumProvider medplum={clientOf(observations)}>{VIEWS[location.hash.slice(1)](observations)}</MedplumProvider>
    </MantineProvider>,
  );
};
