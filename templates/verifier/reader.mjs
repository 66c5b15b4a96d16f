// A reader of JSON texts (RFC 8259, RFC 7493) that takes no text which two readers could read differently.

export class Refused extends Error {}

export const COLLECTION = { bytes: 8 * 1024 * 1024, depth: 48, nodes: 300_000 };
const MAXIMUM_INTEGER = 2 ** 53 - 1;

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\p{Cs}]/u;

// After whole(): nodes and deepest say what the text holds, counted as portfolio/vc/jsontext.py counts.
export class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.nodes = 1;
    this.deepest = 0;
  }

  whole() {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) throw new Refused("something behind the end");
    return value;
  }

  space() {
    while (" \t\n\r".includes(this.text[this.at] || "x")) this.at += 1;
  }

  // The next sign, which must be one of these.
  sign(allowed) {
    this.space();
    const found = this.text[this.at];
    if (found === undefined || !allowed.includes(found)) throw new Refused("not JSON");
    this.at += 1;
    return found;
  }

  value(depth) {
    this.space();
    const first = this.text[this.at];
    if (first === "{") return this.object(this.opened(depth));
    if (first === "[") return this.list(this.opened(depth));
    if (first === '"') return this.string();
    for (const [word, meaning] of [["true", true], ["false", false], ["null", null]]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return meaning;
      }
    }
    return this.number();
  }

  opened(depth) {
    this.at += 1;
    this.deepest = Math.max(this.deepest, depth + 1);
    if (depth + 1 > COLLECTION.depth) throw new Refused("nested too deeply");
    this.counted();
    return depth + 1;
  }

  counted() {
    this.nodes += 1;
    if (this.nodes > COLLECTION.nodes) throw new Refused("too many values");
  }

  closes(bracket) {
    this.space();
    if (this.text[this.at] !== bracket) return false;
    this.at += 1;
    return true;
  }

  object(depth) {
    const found = Object.create(null);
    if (this.closes("}")) return found;
    do {
      this.space();
      if (this.text[this.at] !== '"') throw new Refused("not JSON");
      const name = this.string();
      if (name in found) throw new Refused("a member stands twice");
      this.sign(":");
      found[name] = this.value(depth);
    } while (this.sign(",}") === "," && (this.counted(), true));
    return found;
  }

  list(depth) {
    const found = [];
    if (this.closes("]")) return found;
    do found.push(this.value(depth));
    while (this.sign(",]") === "," && (this.counted(), true));
    return found;
  }

  string() {
    let found = "";
    let start = (this.at += 1);
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (Number.isNaN(code) || code < 0x20) throw new Refused("a string that does not end");
      if (code === 0x22) break;
      if (code !== 0x5c) {
        this.at += 1;
        continue;
      }
      found += this.text.slice(start, this.at) + this.escape();
      start = this.at;
    }
    found += this.text.slice(start, this.at);
    this.at += 1;
    if (FORBIDDEN.test(found)) throw new Refused("a string holds what may not stand in one");
    return found;
  }

  escape() {
    const letter = this.text[this.at + 1];
    if (letter !== "u") {
      if (!Object.hasOwn(ESCAPES, letter ?? "")) throw new Refused("an escape that is none");
      this.at += 2;
      return ESCAPES[letter];
    }
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) throw new Refused("an escape that is none");
    this.at += 6;
    return String.fromCharCode(parseInt(digits, 16));
  }

  number() {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (found === null) throw new Refused("not JSON");
    this.at = NUMBER.lastIndex;
    const value = Number(found[0]);
    const whole = found[1] === undefined && found[2] === undefined;
    if (!Number.isFinite(value) || (whole && Math.abs(value) > MAXIMUM_INTEGER)) throw new Refused("a figure too large");
    return value === 0 ? 0 : value;
  }
}
