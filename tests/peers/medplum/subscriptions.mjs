// Rest-hooks: whom to tell is decided by Medplum's own code, the request is written as its server writes it.
import { resourceMatchesSubscriptionCriteria, stringify } from '@medplum/core';

export async function tell(subscriptions, resource, interaction) {
  for (const subscription of subscriptions.filter((one) => one.status === 'active')) {
    const context = { interaction };
    const getPreviousResource = async () => undefined;
    if (await resourceMatchesSubscriptionCriteria({ resource, subscription, context, getPreviousResource })) {
      await send(subscription, resource, interaction);
    }
  }
}

async function send(subscription, resource, interaction) {
  const { endpoint } = subscription.channel;
  const deleted = interaction === 'delete';
  const headers = {
    'Content-Type': 'application/fhir+json',
    'X-Medplum-Subscription': subscription.id,
    'X-Medplum-Interaction': interaction,
    ...(deleted && { 'X-Medplum-Deleted-Resource': `${resource.resourceType}/${resource.id}` }),
    ...Object.fromEntries((subscription.channel.header ?? []).map((line) => line.split(':').map((part) => part.trim()))),
  };
  try {
    const { status } = await fetch(endpoint, { method: 'POST', headers, body: deleted ? '{}' : stringify(resource) });
    console.log('HOOK', interaction, endpoint, status);
  } catch {
    console.log('HOOK', interaction, endpoint, 'lost');
  }
}
