// JCS: the JSON Canonicalization Scheme (RFC 8785), which writes figures and strings as ECMAScript does.

export function canonicalize(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const names = Object.keys(value).sort(); // by UTF-16 code units (§3.2.3)
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalize(value[name])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
