/** Whether an input's name is an address on the Hugging Face Hub or on the web, and no path. */
export function isRemoteAddress(name: string): boolean {
  return /^(?:hf|https?):\/\//i.test(name);
}

/**
 * An address as it may be shown and kept: without what may be secret in it, a signed query or a
 * password. Paths come back as they are.
 */
export function shownAddress(name: string): string {
  if (!/^https?:\/\//i.test(name) || !URL.canParse(name)) return name;
  const { origin, pathname, search } = new URL(name);
  return `${origin}${pathname}${search === "" ? "" : "?…"}`;
}
