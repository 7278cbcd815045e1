const keyHeaders = ["authorization", "x-goog-api-key"];
/** Shorter values stand for no key, and would be found in ordinary text. */
const shortestKey = 8;

/** The keys that a request carries in its headers. */
export function secretsIn({ headers }: Pick<RequestInit, "headers">): string[] {
  const sent = new Headers(headers);
  return keyHeaders
    .map((name) => (sent.get(name) ?? "").replace(/^Bearer /, ""))
    .filter((key) => key.length >= shortestKey);
}

/** A server may repeat the key it was sent, in a refusal above all; what it says goes into files and on screens. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .reduce((rest, secret) => rest.replaceAll(secret, "[key]"), text);
}
