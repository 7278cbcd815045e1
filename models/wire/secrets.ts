/** `authorization`, `x-goog-api-key`, `x-api-key`, `api-key`: the headers that carry a key. */
const keyHeader = /^authorization$|(?:^|-)(?:key|token)$/;
/** A shorter value is no key, and would be found in ordinary text. */
const shortestKey = 8;

/** The keys that a request carries in its headers, whose names are in small letters. */
export function secretsIn(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => keyHeader.test(name))
    .map(([, value]) => value.replace(/^Bearer /, ""))
    .filter((key) => key.length >= shortestKey);
}

/**
 * Whether a key can't be an ordinary word: many local servers take any key, and their manuals use
 * `lm-studio`, `not-needed` or `sk-no-key-required`. A good answer may well hold such a word.
 */
export function looksLikeKey(secret: string): boolean {
  return secret.length >= 16 && /\d/.test(secret) && /[A-Za-z]/.test(secret);
}

/**
 * Replaces keys in a server's words, which go into files and on screens: a server may repeat the
 * key, in a refusal above all. Found in every escaped form that a reader would resolve: JSON's `\/`
 * and `\u0073`, percent signs, and the character references of HTML.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => {
    const plain = rest.replaceAll(secret, "[key]");
    return /[\\%&]/.test(plain) ? plain.replaceAll(escapedFormOf(secret), "[key]") : plain;
  }, text);
}

/** A run has a handful of keys, and each is looked for in every response. */
const escapedForms = new Map<string, RegExp>();

function escapedFormOf(secret: string): RegExp {
  const form = escapedForms.get(secret) ?? escapedForm(secret);
  escapedForms.set(secret, form);
  return form;
}

/** Matches a key of which any character may be escaped, in JSON within JSON too. */
function escapedForm(secret: string): RegExp {
  const forms = Array.from(secret, (character) => {
    const code = character.charCodeAt(0);
    const hex = code.toString(16).padStart(2, "0");
    const literal = character.replace(/[^A-Za-z0-9]/, String.raw`\\{0,8}\$&`);
    return String.raw`(?:${literal}|\\{1,8}u00${hex}|%${hex}|&#x0{0,6}${hex};|&#0{0,6}${code};)`;
  });
  return new RegExp(forms.join(""), "gi");
}
