// The CapabilityStatement of one router: its interactions are its routes, its parameters those that are indexed.
import { MEDPLUM_VERSION, getAllDataTypes, getSearchParameters, isResourceType } from '@medplum/core';

const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const ANY = ':resourceType';

export function statement({ routes }, url) {
  const at = (method, path) => routes.find((route) => route.method === method && pathOf(route) === path);
  const common = {
    interaction: codes(routes.filter((route) => pathOf(route).startsWith(ANY))),
    versioning: 'versioned',
    updateCreate: false,
    conditionalCreate: Boolean(at('POST', ANY)),
    conditionalUpdate: Boolean(at('PUT', ANY)),
    conditionalDelete: at('DELETE', ANY) ? 'single' : 'not-supported',
  };
  const types = Object.entries(getAllDataTypes()).filter(([name, type]) => isResourceType(name) && type.url === R4 + name);
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: new Date().toISOString(),
    kind: 'instance',
    software: { name: 'Medplum router and repository in memory', version: MEDPLUM_VERSION },
    implementation: { description: 'A server for tests', url },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json'],
    rest: [{
      mode: 'server',
      resource: types.map(([type]) => ({ type, ...common, searchParam: parameters(type) })),
      interaction: codes(routes.filter((route) => pathOf(route) === '')),
    }],
  };
}

const pathOf = (route) => route.path.map((part) => (part.param ? ':' : '') + part.value).join('/');

function codes(routes) {
  return [...new Set(routes.map((route) => route.data.interaction))].map((code) => ({ code }));
}

function parameters(type) {
  return Object.values(getSearchParameters(type) ?? {}).map(({ code, url, type }) => ({ name: code, definition: url, type }));
}
