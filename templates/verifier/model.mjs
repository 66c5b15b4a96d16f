// The form of a credential: check_credential of portfolio/vc/credential.py (VCDM 2.0 §4). The first fault, or null.

import { first, identifierOf, isUrl, objects, typesOf } from "./contexts.mjs";
import { parseMoment } from "./dates.mjs";
import { isObject } from "./json.mjs";

const V2 = "https://www.w3.org/ns/credentials/v2";
const V1 = "https://www.w3.org/2018/credentials/v1";
const TYPED = ["credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence"];
const LANGUAGE_VALUE = ["@value", "@language", "@direction"];

export function modelFault(document) {
  return first(RULES, (rule) => rule(document));
}

// The first and the last moment of validity, null where there is no bound.
export function validity(document) {
  const [starts, ends] = validityMembers(document).map((names) =>
    names.map((name) => parseMoment(document[name])).filter((moment) => moment !== null));
  return [starts.length ? Math.max(...starts) : null, ends.length ? Math.min(...ends) : null];
}

function isVersion1(document) {
  return Array.isArray(document["@context"]) && document["@context"][0] === V1;
}

function validityMembers(document) {
  return isVersion1(document)
    ? [["issuanceDate", "validFrom"], ["expirationDate", "validUntil"]]
    : [["validFrom"], ["validUntil"]];
}

const RULES = [
  function context(document) {
    const found = document["@context"];
    if (!Array.isArray(found) || ![V2, V1].includes(found[0])) return "$['@context']: no base context";
    return null;
  },
  (document) => urlFault(document, "$"),
  function type(document) {
    if (!typesOf(document).includes("VerifiableCredential")) return "$.type: not a credential";
    return typeFault(document, "$");
  },
  function names(document) {
    return first([document, document.issuer].filter(isObject), (holder) =>
      first(["name", "description"], (name) => (name in holder && !isText(holder[name]) ? `$.${name}: not a text` : null)));
  },
  (document) => (identifierOf(document.issuer) === null ? "$.issuer: not a URL" : null),
  function subject(document) {
    const subjects = [document.credentialSubject].flat();
    if (subjects.length === 0) return "$.credentialSubject: there is none";
    return first(subjects, (found) =>
      !isObject(found) || Object.keys(found).length === 0
        ? "$.credentialSubject: not an object with claims"
        : urlFault(found, "$.credentialSubject"));
  },
  function dates(document) {
    const members = validityMembers(document).flat();
    const wrong = first(members, (name) =>
      name in document && parseMoment(document[name]) === null ? `$.${name}: not a moment` : null);
    const [start, end] = validity(document);
    if (wrong !== null) return wrong;
    if (start !== null && end !== null && start > end) return "$: ends before it begins";
    return isVersion1(document) && !("issuanceDate" in document) ? "$.issuanceDate: there is none" : null;
  },
  function typedMembers(document) {
    return first(TYPED.filter((name) => name in document), (name) =>
      first([document[name]].flat(), (item) => {
        if (!isObject(item)) return `$.${name}: not an object`;
        if (name === "credentialSchema" && !("id" in item)) return `$.${name}: no address`;
        return typeFault(item, `$.${name}`) ?? urlFault(item, `$.${name}`);
      }));
  },
  function proof(document) {
    const proofs = "proof" in document ? [document.proof].flat() : [null];
    if (proofs.length === 0) return "$.proof: an empty list";
    return "proof" in document
      ? first(proofs, (item) => (isObject(item) ? typeFault(item, "$.proof") ?? urlFault(item, "$.proof") : "$.proof: not an object"))
      : null;
  },
];

function urlFault(holder, path) {
  return "id" in holder && !isUrl(holder.id) ? `${path}.id: not one absolute URL` : null;
}

function typeFault(holder, path) {
  const types = [holder.type].flat();
  const sound = types.length > 0 && types.every((type) => typeof type === "string" && type !== "");
  return sound ? null : `${path}.type: neither a type nor a list of types`;
}

function isText(value) {
  const items = [value].flat();
  return items.length > 0 && items.every((item) => typeof item === "string" || isLanguageValue(item));
}

function isLanguageValue(item) {
  return isObject(item) && typeof item["@value"] === "string"
    && Object.keys(item).every((name) => LANGUAGE_VALUE.includes(name) && typeof item[name] === "string");
}

