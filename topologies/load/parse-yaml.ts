import {
  CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLParseError,
} from "yaml";
import { FellowshipError } from "../../state/fellowship-error.ts";

export type Tree = Record<string, unknown>;

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A YAML file as plain data, in which no two places share an object, and the line of each key by
 * its dotted path.
 */
export type ParsedYaml = { readonly tree: unknown; readonly lines: ReadonlyMap<string, number> };

/** Far above what a topology needs, and far below what takes the parser long or deep. */
const most = { depth: 100, aliases: 20 };

/**
 * Reads untrusted YAML. What the parser would take long over, or descend into until
 * the process ends, is refused before it starts.
 *
 * @throws FellowshipError `bad_usage` with file and line for what is no YAML, a key that occurs
 *   twice, what is nested too deep, and aliases that multiply or hold themselves.
 */
export function parseYaml(path: string, text: string): ParsedYaml {
  const complain: Complain = (line, message) =>
    new FellowshipError("bad_usage", `${path}:${line}: ${message}`, { facts: { path, line } });
  const openedAt = checkTokens(text, complain);
  const lineCounter = new LineCounter();
  // Repeated keys are looked for below: the parser compares every key with every other.
  const document = parseDocument(text, {
    lineCounter,
    schema: "core",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  });
  const lineOf = (offset: number) => lineCounter.linePos(offset).line;
  const [problem] = document.errors;
  if (problem !== undefined) throw yamlError(problem, openedAt, lineOf, complain);
  const lines = new Map<string, number>();
  let lastAlias = 1;
  walk(document, {
    onKey: (key, offset) => {
      const first = lines.get(key);
      const line = lineOf(offset);
      if (first !== undefined)
        throw complain(line, `${key} occurs twice (first in line ${first}).`);
      lines.set(key, line);
    },
    onAlias: (offset) => (lastAlias = lineOf(offset)),
    onProblem: (offset, message) => {
      throw complain(lineOf(offset), message);
    },
  });
  try {
    // Through JSON, so that what an alias repeats can be changed in one place without the others.
    const data: unknown = document.toJS({ maxAliasCount: most.aliases });
    return { tree: data === undefined ? null : JSON.parse(JSON.stringify(data)), lines };
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    throw complain(lastAlias, "the aliases up to here repeat too much.");
  }
}

/** What to change, by the parser's code of a mistake. */
const remedies: Readonly<Record<string, string>> = {
  BLOCK_IN_FLOW: ' Put quotes around a value that holds ": ", as in "name: more".',
  TAB_AS_INDENT: " Use spaces.",
  BAD_INDENT: " Give the keys of one section the same number of spaces in front.",
};

function yamlError(
  { code, message, pos }: YAMLParseError,
  openedAt: number | undefined,
  lineOf: (offset: number) => number,
  complain: Complain,
): FellowshipError {
  if (openedAt !== undefined) {
    return complain(openedAt, "no valid YAML: the bracket that opens here is never closed.");
  }
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return complain(lineOf(pos[0]), `no valid YAML: ${sentence}${remedies[code] ?? ""}`);
}

type Complain = (line: number, message: string) => FellowshipError;

/**
 * Walks through the tokens, in time and stack that don't grow with the nesting, and refuses what
 * the parser could not bear.
 *
 * @returns The line of a bracket that is never closed; undefined where all are.
 */
function checkTokens(text: string, complain: Complain): number | undefined {
  const opened: number[] = [];
  let unclosed: number | undefined;
  const depth = { brackets: 0, indent: 0, blocks: 0 };
  let [line, aliases, isText, isIndent] = [1, 0, false, true];
  for (const token of new Lexer().lex(text)) {
    const type = isText ? "text" : (CST.tokenType(token) ?? "");
    isText = type === "scalar";
    if (type === "newline") [depth.indent, depth.blocks] = [0, 0];
    if (type === "space" && isIndent) depth.indent += token.length;
    if (type.endsWith("-ind") && depth.brackets === 0) depth.blocks += 1;
    if (/^flow-.*-start$/.test(type)) depth.brackets = opened.push(line);
    if (/^flow-.*-end$/.test(type)) {
      depth.brackets -= 1;
      const start = opened.pop();
      // The lexer closes a bracket by itself where the indentation ends.
      if (type === "flow-error-end") unclosed ??= start;
    }
    // The parser would note each of them, in a time that grows with their square.
    if (depth.brackets < 0) throw complain(line, `no valid YAML: ${token} closes nothing.`);
    if (type === "alias") aliases += 1;
    if (depth.brackets + depth.indent + depth.blocks > most.depth) {
      throw complain(line, `nested deeper than ${most.depth} levels.`);
    }
    if (aliases > most.aliases) throw complain(line, `more than ${most.aliases} aliases.`);
    isIndent = type === "newline" || (isIndent && type === "space");
    line += token.split("\n").length - 1;
  }
  return unclosed ?? opened.at(-1);
}

type Walk = {
  readonly onKey: (key: string, offset: number) => void;
  readonly onAlias: (offset: number) => void;
  readonly onProblem: (offset: number, message: string) => void;
};

/**
 * Lists every key of a document by its dotted path, its aliases, and what of both could not become
 * plain data.
 */
function walk(document: Document, { onKey, onAlias, onProblem }: Walk): void {
  const visit = (node: unknown, prefix: string, above: readonly unknown[], at: number): void => {
    const offset = offsetOf(node) ?? at;
    const inside = [...above, node];
    if (isAlias(node)) {
      onAlias(offset);
      const meant = node.resolve(document);
      if (meant === undefined) onProblem(offset, `*${node.source} stands for nothing before it.`);
      if (above.includes(meant)) onProblem(offset, `the alias *${node.source} holds itself.`);
    } else if (isMap(node)) {
      for (const { key, value } of node.items) {
        const start = offsetOf(key) ?? offsetOf(value) ?? offset;
        if (!isScalar(key) || key.value === null) {
          return onProblem(start, `expected a name as key, got ${kindOfKey(key)}.`);
        }
        const name = `${prefix}${key.value as string | number | boolean}`;
        onKey(name, start);
        visit(value, `${name}.`, inside, start);
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        const start = offsetOf(item);
        if (start !== undefined) onKey(`${prefix}${index}`, start);
        visit(item, `${prefix}${index}.`, inside, start ?? offset);
      }
    }
  };
  visit(document.contents, "", [], 0);
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}

function kindOfKey(key: unknown): string {
  if (isMap(key)) return "a map";
  if (isSeq(key)) return "a list";
  return isAlias(key) ? "an alias" : "nothing";
}
