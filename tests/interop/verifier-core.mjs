// The Digital Credentials Consortium's verifier judges credentials as it would online, its network being the documents given.
// In: {"credentials": [...], "documents": {address: JSON}}.  Out: [{"steps": {id: valid}, "schemas": {address: valid}, "errors"}, ...].
import {answer, messages, question, textAt} from './material.mjs';

const {credentials, documents} = question();
globalThis.fetch = async request => {
  const url = typeof request === 'string' ? request : request.url;
  const text = textAt(url, documents);
  return new Response(text ?? 'not among the documents at hand', {
    status: text === undefined ? 404 : 200, headers: {'content-type': 'application/json'}
  });
};
// It logs to standard output, which is ours.
console.log = console.error;

const {verifyCredential} = await import('@digitalcredentials/verifier-core');
const verdicts = [];
for(const credential of credentials) {
  const {log = [], errors = [], additionalInformation = []} = await verifyCredential({credential, knownDIDRegistries: []});
  const schemas = additionalInformation.flatMap(({results}) => Array.isArray(results) ? results : []);
  verdicts.push({
    steps: Object.fromEntries(log.map(({id, valid, error}) => [id, error ? false : valid])),
    schemas: Object.fromEntries(schemas.map(({schema, result}) => [schema, result.valid])),
    errors: [...errors, ...log.map(({error}) => error)].flatMap(messages)
  });
}
answer(verdicts);
