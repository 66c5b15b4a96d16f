// Vocabularies: a document stands under one of the known @context arrays and uses their words alone, as check_contexts of
// portfolio/vc/contexts.py has it. The words of an array are those that its contexts define anywhere.

import { isObject } from "./json.mjs";

const VALUE_OBJECT = new Set(["@value", "@type", "@language", "@direction"]);
const TRUTH_VALUES = ["hashed", "partial"];

export class Vocabulary {
  // arrays: the known arrays; words: by context address; free: words under which anything may stand (@json); namespaces: of all
  // that the contexts have words for.
  constructor({ arrays, words, free, namespaces }) {
    this.namespaces = namespaces;
    this.arrays = new Map(arrays.map((array) => [JSON.stringify(array), array]));
    this.words = words;
    this.free = new Set(free);
    this.known = new Map();
  }

  // Why the document's words are not all known, or null.
  fault(document) {
    if (!("@context" in document)) return "$: no @context";
    return this.walk(document, null, true, false, "$");
  }

  walk(value, array, own, proof, path) {
    if (Array.isArray(value)) {
      return first(value.entries(), ([place, item]) =>
        Array.isArray(item) ? `${path}[${place}]: a list in a list` : this.inner(item, array, own, proof, `${path}[${place}]`));
    }
    let inForce = array;
    if ("@context" in value) {
      const here = JSON.stringify(value["@context"]);
      if (own) {
        if (!this.arrays.has(here)) return `${path}['@context']: not one of the known arrays`;
        inForce = this.arrays.get(here);
      } else if (!(proof && value.cryptosuite === "eddsa-jcs-2022" && isStart(value["@context"], array))) {
        return `${path}['@context']: no @context may stand here`;
      }
    }
    const words = this.wordsOf(inForce);
    const literal = "@value" in value;
    return first(Object.keys(value), (name) => {
      if (name === "@context") return null;
      if (literal) return VALUE_OBJECT.has(name) ? null : `${path}: a value object with other members`;
      if (!/^[^@A-Z:][^:]*$/.test(name) || !words.has(name)) return `${path}: a member that nothing defines`;
      const member = value[name];
      if (TRUTH_VALUES.includes(name) && typeof member !== "boolean") return `${path}.${name}: neither true nor false`;
      if (name === "id" && typeof member === "string" && member.startsWith("_:")) return `${path}.id: a blank node's label`;
      if (name === "type") return this.typesFault(member, words, `${path}.type`);
      if (this.free.has(name)) return null;
      return this.inner(member, inForce, name === "verifiableCredential", name === "proof", `${path}.${name}`);
    });
  }

  inner(value, array, own, proof, path) {
    return typeof value === "object" && value !== null ? this.walk(value, array, own, proof, path) : null;
  }

  typesFault(value, words, path) {
    const isClass = (type) => typeof type === "string" && (type.includes(":") ? this.isForeign(type, words) : isName(type, words));
    return ![value].flat().every(isClass) ? `${path}: a type that nothing defines` : null;
  }

  // The address of a class that nothing here has a word for.
  isForeign(type, words) {
    return isUrl(type) && !words.has(type.split(":")[0]) && !this.namespaces.some((namespace) => type.startsWith(namespace));
  }

  wordsOf(array) {
    const key = JSON.stringify(array);
    if (!this.known.has(key)) this.known.set(key, new Set((array || []).flatMap((address) => this.words[address] || [])));
    return this.known.get(key);
  }
}

function isName(type, words) {
  return !/^[a-z]/.test(type) && words.has(type);
}

function isStart(part, array) {
  return Array.isArray(part) && part.length > 0 && Array.isArray(array) && part.every((item, place) => item === array[place]);
}

export function first(items, find) {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}

// --- small readers of members, as in portfolio/vc/credential.py

const URL_FORM = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s\u0000-\u0020\u007f-\u009f<>"{}|\\^`]+$/;

export function isUrl(value) {
  return typeof value === "string" && URL_FORM.test(value);
}

export function identifierOf(value) {
  const found = isObject(value) ? value.id : value;
  return isUrl(found) ? found : null;
}

export function objects(value) {
  return [value].flat().filter(isObject);
}

export function typesOf(value) {
  return [value.type].flat().filter((type) => typeof type === "string");
}
