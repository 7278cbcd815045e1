import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { FellowshipError, isFellowshipError } from "../state/fellowship-error.ts";

/**
 * What a role needs of its prompt file: for each section the variables the role fills in.
 * A section or a variable whose name ends in `?` may be missing.
 */
export type PromptShape = Readonly<Record<string, readonly string[]>>;

/** A role's prompt, checked against what the role fills in. */
export type Prompt = {
  readonly name: string;
  /** SHA-256 of the file with line ends as LF, hexadecimal: the same on every system. */
  readonly sha256: string;
  readonly has: (section: string) => boolean;
  /**
   * The section's text with the values put in as they are; a value is never read as a template
   * again.
   */
  readonly render: (section: string, values?: Readonly<Record<string, string>>) => string;
};

/** The directory of the package's prompts. */
export const promptDirectory = import.meta.dirname;

const frontMatter = z.strictObject({
  role: z.string(),
  variables: z.array(z.string()).default([]),
});

const largestPromptBytes = 256 * 1024;

const placeholder = /\{\{([^{}]*)\}\}/g;

/**
 * Reads a prompt file, `<directory>/<name>.md` for a bare name, else the path itself (`./mine.md`):
 * YAML front matter with `role` and `variables`, then sections under `## name` headings, in which
 * `{{variable}}` stands for a value.
 *
 * @throws FellowshipError `bad_usage` where the file is missing, a section is missing, or the
 *   variables in the text, in the front matter and in the role's shape are not the same: at start,
 *   not in row 40,000.
 */
export function loadPrompt(directory: string, name: string, shape: PromptShape): Prompt {
  const { path, text } = readPromptFile(directory, name);
  const { declared, sections } = parsePromptFile(path, text);
  const wanted = Object.entries(shape).map(([key, variables]) => ({
    section: nameOf(key),
    optional: key.endsWith("?"),
    variables,
  }));
  const offered = new Set(wanted.flatMap((entry) => entry.variables.map(nameOf)));
  for (const variable of declared) {
    if (!offered.has(variable)) {
      throw promptError(path, `unknown variable {{${variable}}}`, [...offered]);
    }
  }
  for (const { section, optional, variables } of wanted) {
    const body = sections.get(section);
    if (body === undefined) {
      if (optional) continue;
      throw promptError(path, `no section "## ${section}"`, [...sections.keys()]);
    }
    checkVariables(path, section, body, variables, declared);
  }
  for (const section of sections.keys()) {
    if (!wanted.some((entry) => entry.section === section)) {
      throw promptError(
        path,
        `unknown section "## ${section}"`,
        wanted.map((w) => w.section),
      );
    }
  }
  return {
    name: name.replace(/\.md$/, ""),
    sha256: createHash("sha256").update(text).digest("hex"),
    has: (section) => sections.has(section),
    render: (section, values = {}) => renderSection(path, sections, section, values),
  };
}

function readPromptFile(directory: string, name: string): { path: string; text: string } {
  const isPath = /^\.{1,2}\//.test(name) || isAbsolute(name);
  if (!isPath && !/^[\w.-]+$/.test(name)) {
    throw new FellowshipError(
      "bad_usage",
      "expected the name of a file in prompts/ (letters, digits, - _ .) or a path " +
        `(./mine.md), got "${name}"`,
    );
  }
  const path = isPath ? name : join(directory, `${name.replace(/\.md$/, "")}.md`);
  try {
    const stats = statSync(path);
    if (stats.size > largestPromptBytes) {
      throw new FellowshipError(
        "bad_usage",
        `${path}: ${stats.size} bytes; a prompt has at most ${largestPromptBytes}.`,
        { facts: { path } },
      );
    }
    // A device or a pipe may have no end.
    if (!stats.isFile()) {
      throw new FellowshipError("bad_usage", `${path} is no regular file, as a prompt has to be.`, {
        facts: { path },
      });
    }
    const text = readFileSync(path, "utf8");
    return { path, text: text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n") };
  } catch (cause) {
    if (isFellowshipError(cause)) throw cause;
    const known = listPrompts(directory).join(", ");
    throw new FellowshipError(
      "bad_usage",
      `No prompt file ${path}. Name one of those in prompts/ (${known}), or the path of a ` +
        "file (./mine.md).",
      { facts: { path }, cause },
    );
  }
}

/** Names of the prompt files in a directory, sorted. */
export function listPrompts(directory: string): string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".md"))
    .map((file) => file.slice(0, -3))
    .sort();
}

function parsePromptFile(path: string, text: string) {
  const match = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text);
  if (match === null) throw promptError(path, "no front matter between two lines of ---", []);
  let header: unknown;
  try {
    header = parse(match[1] ?? "", { maxAliasCount: 0 });
  } catch (cause) {
    throw promptError(path, `front matter that is no YAML (${(cause as Error).message})`, []);
  }
  const parsed = frontMatter.safeParse(header);
  if (!parsed.success) {
    throw promptError(path, `front matter: ${z.prettifyError(parsed.error)}`, [
      "role",
      "variables",
    ]);
  }
  const sections = new Map<string, string>();
  for (const chunk of (match[2] ?? "").split(/^## +/m).slice(1)) {
    const [line = "", ...lines] = chunk.split("\n");
    const heading = line.trim();
    if (sections.has(heading)) throw promptError(path, `"## ${heading}" twice`, []);
    sections.set(heading, lines.join("\n").trim());
  }
  return { declared: new Set(parsed.data.variables), sections };
}

function checkVariables(
  path: string,
  section: string,
  body: string,
  variables: readonly string[],
  declared: ReadonlySet<string>,
): void {
  const used = new Set([...body.matchAll(placeholder)].map((found) => (found[1] ?? "").trim()));
  const names = variables.map(nameOf);
  for (const variable of used) {
    if (!names.includes(variable)) {
      throw promptError(path, `unknown variable {{${variable}}} in "## ${section}"`, names);
    }
    if (!declared.has(variable)) {
      throw promptError(
        path,
        `{{${variable}}} in "## ${section}" but not under "variables:" in the front matter`,
        [...declared],
      );
    }
  }
  for (const variable of variables) {
    if (!variable.endsWith("?") && !used.has(variable)) {
      throw promptError(path, `no {{${variable}}} in "## ${section}"`, names);
    }
  }
}

/** A name without the `?` of what may be missing. */
function nameOf(key: string): string {
  return key.replace(/\?$/, "");
}

function renderSection(
  path: string,
  sections: ReadonlyMap<string, string>,
  section: string,
  values: Readonly<Record<string, string>>,
): string {
  const body = sections.get(section);
  if (body === undefined) throw new Error(`${path} has no section ${section}`);
  return body.replace(placeholder, (_, name: string) => {
    const value = values[name.trim()];
    if (value === undefined) throw new Error(`${path}: {{${name}}} was given no value`);
    return value;
  });
}

function promptError(path: string, found: string, expected: readonly string[]): FellowshipError {
  const hint = expected.length > 0 ? ` Expected: ${expected.join(", ")}.` : "";
  return new FellowshipError("bad_usage", `${path}: ${found}.${hint}`, { facts: { path } });
}
