// What may be shown of a genuine credential: read_badge of portfolio/vc/open_badges/read.py, as far as the page shows it. Of several
// objects in the place of one none is shown; of several texts the one in the document's language, else the first in order.

import { digest, hex } from "./bytes.mjs";
import { objects } from "./contexts.mjs";
import { parseMoment } from "./dates.mjs";
import { canonicalize } from "./jcs.mjs";
import { isObject } from "./json.mjs";
import { validity } from "./model.mjs";

const URL_NAMESPACE = "6ba7b8119dad11d180b400c04fd430c8";
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

export async function readFacts(document) {
  const issuer = only(document.issuer);
  const subject = subjectOf(document);
  const achievement = only(subject.achievement);
  const source = only(subject.source);
  const language = line(achievement.inLanguage) ?? line(document.inLanguage);
  const say = (value) => textOf(value, language);
  const [start, end] = validity(document);
  return {
    language: line(achievement.inLanguage),
    title: say(document.name) ?? say(achievement.name),
    description: say(achievement.description) ?? say(document.description),
    criteria: say(only(achievement.criteria).narrative),
    kind: line(achievement.achievementType),
    person: nameOf(subject),
    issuer: say(issuer.name),
    assessor: say(source.name),
    organisation: say(only(source.parentOrg).name),
    start: parseMoment(subject.activityStartDate),
    end: parseMoment(subject.activityEndDate),
    hours: await hoursOf(subject, achievement),
    levels: levelsOf(subject, achievement, say),
    narrative: say(subject.narrative),
    issued: start,
    until: end,
    fingerprint: await digest(canonicalize(document)),
  };
}

function subjectOf(document) {
  const subjects = objects(document.credentialSubject);
  const found = subjects.length === 1 ? subjects : subjects.filter((subject) => "achievement" in subject);
  return found.length === 1 ? found[0] : {};
}

function nameOf(subject) {
  const entries = objects(subject.identifier).filter((entry) => entry.identityType === "name");
  if (entries.length === 0) return textOf(subject.name);
  return textOf(entries.filter((entry) => entry.hashed === false).map((entry) => entry.identityHash));
}

// creditsEarned means hours where the achievement's parts are named in our way; else hours are a result that says so.
async function hoursOf(subject, achievement) {
  const address = line(achievement.id);
  if (address === null) return null;
  const named = await derivedId(address, "hours");
  const said = once(subject.result).filter((result) => result.resultDescription === named);
  if (said.length) return said.length === 1 ? wholeNumber(said[0].value) : null;
  for (const description of once(achievement.resultDescription)) {
    const code = textOf(only(description.alignment).targetCode);
    if (code !== null && description.id === (await derivedId(address, "skill", code))) return wholeNumber(subject.creditsEarned);
  }
  return null;
}

// urn:uuid: of the UUIDv5 of an address and a part's place (RFC 9562 §5.5).
async function derivedId(address, ...parts) {
  const namespace = Uint8Array.from(URL_NAMESPACE.match(/../g), (pair) => parseInt(pair, 16));
  const name = new TextEncoder().encode([address, ...parts].join("#"));
  const bytes = (await digest(Uint8Array.from([...namespace, ...name]), "SHA-1")).slice(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return `urn:uuid:${hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")}`;
}

function levelsOf(subject, achievement, say) {
  const described = new Map(once(achievement.resultDescription).map((item) => [line(item.id), item]));
  return once(subject.result).flatMap((result) => {
    const description = described.get(line(result.resultDescription)) ?? {};
    const achieved = line(result.achievedLevel);
    const level = once(description.rubricCriterionLevel).find((item) => achieved !== null && item.id === achieved) ?? {};
    const name = say(level.name);
    if (name === null) return [];
    const number = textOf(level.level);
    const title = say(description.name) ?? say(only(description.alignment).targetName);
    return [{ title: title ?? "", name, level: /^[1-4]$/.test(number ?? "") ? Number(number) : null }];
  });
}

// --- members of any shape

function only(value) {
  const found = objects(value);
  return found.length === 1 ? found[0] : {};
}

// Each id once, without objects that say different things of one.
function once(value) {
  const all = objects(value);
  const conflicts = (item) => all.some((other) => typeof item.id === "string" && other.id === item.id
    && canonicalize(other) !== canonicalize(item));
  return all.filter((item, place) => !conflicts(item)
    && (typeof item.id !== "string" || all.findIndex((other) => other.id === item.id) === place));
}

// A string of one line in which everything can be seen.
function line(value) {
  return typeof value === "string" && value.trim() !== "" && !UNSEEN.test(value) ? value : null;
}

function textOf(value, language = null) {
  const found = [...texts(value)].map(([of, text]) => [of === language ? 0 : 1, of, shown(text)]).filter(([, , text]) => text);
  found.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  return found.length ? found[0][2] : null;
}

function* texts(value) {
  for (const item of [value].flat()) {
    if (typeof item === "string") yield ["", item];
    else if (isObject(item) && "@value" in item) {
      const of = item["@language"];
      if (typeof item["@value"] === "string") yield [typeof of === "string" ? of : "", item["@value"]];
    } else if (isObject(item)) yield* Object.entries(item).filter(([, text]) => typeof text === "string");
  }
}

// Without control and formatting characters, which could turn around or hide the rest.
function shown(text) {
  const seen = [...text.replaceAll("\t", " ")].filter((character) => character === "\n" || !UNSEEN.test(character)).join("");
  return seen.trim() === "" ? "" : seen;
}

function wholeNumber(value) {
  const number = typeof value === "string" && /^-?[0-9]{1,15}(\.[0-9]{1,15})?$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? number : null;
}
