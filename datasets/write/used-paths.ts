/** Adds the paths of all fields of a line that have a value, outside of lists (`source.round`). */
export function usedPaths(
  line: Readonly<Record<string, unknown>>,
  paths: Set<string>,
  prefix = "",
): void {
  for (const [key, inner] of Object.entries(line)) {
    if (inner === undefined || inner === null) continue;
    paths.add(`${prefix}${key}`);
    if (typeof inner === "object" && !Array.isArray(inner)) {
      usedPaths(inner as Readonly<Record<string, unknown>>, paths, `${prefix}${key}.`);
    }
  }
}
