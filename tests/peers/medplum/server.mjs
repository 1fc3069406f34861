// HTTP around Medplum's router: node server.mjs [PORT]
import { createServer } from 'node:http';
import { allOk, badRequest, getStatus } from '@medplum/core';
import { FhirRouter } from '@medplum/fhir-router';
import { Repository } from './repository.mjs';
import { statement } from './statement.mjs';
import { tell } from './subscriptions.mjs';

const BASE = '/fhir';
const CONTROL = '/control/';
const router = new FhirRouter();
const repository = new Repository((resource, interaction) => tell(repository.all('Subscription'), resource, interaction));
// what becomes of the next write: 'cut' carries it out unanswered, 'delay' carries it out after another one
let order = '';
let goOn = () => {};

const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  if (request.url.startsWith(CONTROL)) {
    order = request.url.slice(CONTROL.length);
    return response.end();
  }
  if (request.method === 'GET') return send(response, ...(await answer(request, body)));
  const ordered = order;
  order = '';
  if (ordered === 'delay') await new Promise((resolve) => { goOn = resolve; });
  const answered = await answer(request, body);
  if (ordered === 'cut') return request.socket.destroy();
  send(response, ...answered);
  goOn();
});

async function answer(request, text) {
  const [outcome, resource] = request.url === `${BASE}/metadata`
    ? [allOk, statement(router.router, base())]
    : await route(request, text);
  const status = getStatus(outcome);
  console.log(request.method, request.url, status);
  return [status, resource ?? outcome];
}

async function route({ method, url, headers }, text) {
  let body;
  try {
    body = text && parsed(text, headers['content-type'] ?? '');
  } catch {
    return [badRequest('The body is no JSON')];
  }
  return router.handleRequest({ method, url: url.slice(BASE.length), pathname: '', body, params: {}, query: {}, headers }, repository);
}

function parsed(text, type) {
  return type.includes('form') ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);
}

function send(response, status, resource) {
  const { versionId, lastUpdated } = resource.meta ?? {};
  response.setHeader('Content-Type', 'application/fhir+json');
  if (versionId) response.setHeader('ETag', `W/"${versionId}"`);
  if (lastUpdated) response.setHeader('Last-Modified', new Date(lastUpdated).toUTCString());
  if (status === 201) response.setHeader('Location', `${base()}/${resource.resourceType}/${resource.id}`);
  response.writeHead(status).end(JSON.stringify(resource));
}

const base = () => `http://127.0.0.1:${server.address().port}${BASE}`;

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(`READY ${base()}`));
