// One identifier, one object: portfolio/vc/identifiers.py, with the same exceptions. The first fault, or null.

import { first, objects, typesOf } from "./contexts.mjs";
import { canonicalize } from "./jcs.mjs";
import { isObject } from "./json.mjs";

const ENDORSEMENT_SUBJECT = ["id", "type", "endorsementComment"];

export function identifierFault(document) {
  const inside = new Set(typesOf(document).includes("ClrCredential")
    ? objects(document.credentialSubject).flatMap((subject) => objects(subject.verifiableCredential)) : []);
  const byId = new Map();
  const todo = [document];
  while (todo.length) {
    const value = todo.pop();
    if (Array.isArray(value)) {
      const named = value.filter(isObject).map((item) => item.id).filter((id) => typeof id === "string");
      if (new Set(named).size !== named.length) return "a list names the same thing twice";
      for (const item of value) todo.push(item);
    } else if (isObject(value)) {
      if (inside.has(value)) {
        if ("id" in value && value.id === document.id) return "a credential inside the record has the record's id";
        continue;
      }
      if (typeof value.id === "string") byId.set(value.id, [...(byId.get(value.id) ?? []), value]);
      for (const name of Object.keys(value)) if (name !== "proof" && name !== "@context") todo.push(value[name]);
    }
  }
  return first(byId, ([id, group]) => (group.length > 1 ? groupFault(group, id === document.id ? document : null) : null));
}

// Whether every object of the group is a part of the fullest one, or of the credential whose id they have.
function groupFault(group, credential) {
  const others = group.filter((item) => !isEndorsementSubject(item));
  const size = (item) => Object.keys(item).length;
  const fullest = credential ?? others.reduce((best, item) => (best === null || size(item) > size(best) ? item : best), null);
  return first(others.filter((item) => item !== fullest), (item) => {
    const names = Object.keys(item);
    if (!names.every((name) => name in fullest && (name === "type" || same(item[name], fullest[name])))
      || !typesOf(item).every((type) => typesOf(fullest).includes(type))) return "two objects with one id do not say the same";
    const reference = names.every((name) => name === "id" || name === "type");
    return credential !== null && !reference ? "another object has the id of the credential" : null;
  });
}

function same(one, other) {
  return canonicalize(one) === canonicalize(other);
}

function isEndorsementSubject(item) {
  const types = typesOf(item);
  return types.length === 1 && types[0] === "EndorsementSubject"
    && Object.keys(item).every((name) => ENDORSEMENT_SUBJECT.includes(name));
}
