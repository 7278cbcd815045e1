import { createHash } from "node:crypto";

/** The namespace of our example ids: RFC 9562's of URLs, under a name of our own. */
const namespace = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");

/**
 * A UUID (version 5, RFC 9562 section 5.5) that says the same of the same content in the same data
 * set, so that pushing a row again finds it there.
 *
 * @param datasetId As the server gave it.
 * @param occurrence From 1; tells apart rows of the same content.
 */
export function exampleId(datasetId: string, content: string, occurrence: number): string {
  const name = `fellowship:example:${datasetId}:${occurrence}:${content}`;
  const digest = createHash("sha1").update(namespace).update(name).digest().subarray(0, 16);
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  const hex = digest.toString("hex");
  return [0, 8, 12, 16, 20]
    .map((from, part, starts) => hex.slice(from, starts[part + 1] ?? 32))
    .join("-");
}

/**
 * A value as text that doesn't depend on the order of keys.
 *
 * @example canonicalJson({ b: 1, a: [true] }) // '{"a":[true],"b":1}'
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`);
  return `{${members.join(",")}}`;
}
