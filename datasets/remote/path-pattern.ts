/**
 * Turns a file pattern of a data set's card into a test of paths: `*` and `?` stay within a folder,
 * `**` doesn't, `[0-9]` and `{a,b}` are as in a shell. A pattern that names a folder takes the files
 * in it.
 */
export function pathPattern(pattern: string): (path: string) => boolean {
  const plain = pattern.replace(/^\.?\/+/, "").replace(/\/+$/, "");
  const expression = new RegExp(`^(?:${expressionOf(plain)})(?:/.*)?$`, "u");
  return (path) => expression.test(path);
}

function expressionOf(pattern: string): string {
  const parts = pattern.match(/\*\*\/|\*\*|\*|\?|\[[!^]?[^\]/]+\]|\{[^{}]*\}|[\s\S]/gu) ?? [];
  return parts.map(expressionOfPart).join("");
}

function expressionOfPart(part: string): string {
  if (part === "**/") return "(?:.*/)?";
  if (part === "**") return ".*";
  if (part === "*") return "[^/]*";
  if (part === "?") return "[^/]";
  if (part.length > 2 && part.startsWith("[")) {
    const inner = part.slice(1, -1).replaceAll("\\", "\\\\").replace(/^[!^]/, "^");
    return `[${inner}]`;
  }
  if (part.length > 1 && part.startsWith("{")) {
    return `(?:${part.slice(1, -1).split(",").map(expressionOf).join("|")})`;
  }
  return part.replace(/[.*+?^${}()|[\]\\/-]/u, "\\$&");
}
