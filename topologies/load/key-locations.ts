/** Location of each key of a topology: dotted path -> `file:line`, or the option that set it. */
export type KeyLocations = Map<string, string>;

/** The nearest place that is known: the key's own, or that of what holds it. */
export function locationOfKey(places: KeyLocations, key: string): string | undefined {
  const keys = key.split(".");
  while (keys.length > 0 && !places.has(keys.join("."))) keys.pop();
  return places.get(keys.join("."));
}

/** Forgets the locations of the keys under one key, since its value was replaced. */
export function forgetUnder(places: KeyLocations, key: string): void {
  for (const known of places.keys()) {
    if (known.startsWith(`${key}.`)) places.delete(known);
  }
}
