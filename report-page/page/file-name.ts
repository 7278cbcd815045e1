/** A path's last name: a report names no folders of the machine that made it. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
