/** `authorization`, `x-goog-api-key`, `x-api-key`, `api-key`: the headers that carry a key. */
const keyHeader = /^authorization$|(?:^|-)(?:key|token)$/;
/** A shorter value is no key, and would be found in ordinary text. */
const shortestKey = 8;

/** The keys that a request carries in its headers. */
export function secretsIn({ headers }: Pick<RequestInit, "headers">): string[] {
  return [...new Headers(headers)]
    .filter(([name]) => keyHeader.test(name))
    .map(([, value]) => value.replace(/^Bearer /, ""))
    .filter((key) => key.length >= shortestKey);
}

/** A server may repeat the key, in a refusal above all, and its words go into files and on screens. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .reduce((rest, secret) => rest.replaceAll(secret, "[key]"), text);
}
