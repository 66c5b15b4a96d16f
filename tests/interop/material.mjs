// What a judge has at hand: the JSON-LD contexts of schemas/, named by their manifest, and the documents that it was given.
import {readFileSync} from 'node:fs';

const schemas = new URL('../../schemas/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('MANIFEST.json', schemas), 'utf8'));
const contexts = new Map(manifest.contexts.map(({url, file}) => [url, readFileSync(new URL(file, schemas), 'utf8')]));

/** One JSON value from standard input. */
export function question() {
  return JSON.parse(readFileSync(0, 'utf8'));
}

/** One JSON value on standard output. */
export function answer(value) {
  process.stdout.write(JSON.stringify(value) + '\n');
}

/** The text at an address, or undefined: `documents` maps addresses to JSON values. */
export function textAt(url, documents) {
  if(contexts.has(url)) {
    return contexts.get(url);
  }
  return Object.hasOwn(documents, url) ? JSON.stringify(documents[url]) : undefined;
}

const parsedContexts = new Map([...contexts].map(([url, text]) => [url, JSON.parse(text)]));

/**
 * A JSON-LD document loader that knows these documents and reaches for nothing else. What never changes is marked so, as
 * jsonld-document-loader marks it: jsonld.js then keeps what it has worked out of a context.
 * A DID URL with a fragment leads to the method of that name inside the DID document.
 */
export function loader(documents) {
  return async url => {
    if(parsedContexts.has(url)) {
      return {contextUrl: null, documentUrl: url, document: parsedContexts.get(url), tag: 'static'};
    }
    const [whole, fragment] = url.split('#');
    const text = textAt(whole, documents);
    if(text === undefined) {
      throw new Error(`not among the documents at hand: ${url}`);
    }
    const document = JSON.parse(text);
    if(fragment === undefined || !url.startsWith('did:')) {
      return {contextUrl: null, documentUrl: url, document};
    }
    const method = document.verificationMethod.find(({id}) => id === url);
    if(!method) {
      throw new Error(`the DID document has no such method: ${url}`);
    }
    return {contextUrl: null, documentUrl: url, document: {'@context': document['@context'], ...method}};
  };
}

/** Every message of an error and of the errors inside it, for whoever reads a failing test. */
export function messages(error) {
  if(!error) {
    return [];
  }
  return [String(error.message ?? error), ...[error.errors ?? [], error.cause ?? []].flat().flatMap(messages)];
}
