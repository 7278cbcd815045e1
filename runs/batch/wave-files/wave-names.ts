/**
 * The name that the files of a wave have for a model and a part of its calls, without their ends:
 * `wave-2`, `wave-2.gemma-2-9b-it`, `wave-2.gemma-2-9b-it.part-2`.
 */
export function waveStem(wave: number, model: string, part: number): string {
  return [`wave-${wave}`, model, part === 1 ? "" : `part-${part}`]
    .filter((word) => word !== "")
    .join(".");
}

/** The file that a batch is made of. */
export function inputName(stem: string): string {
  return `${stem}.input.jsonl`;
}

/** The files that a batch leaves; OpenAI's service writes failed requests into one of their own. */
export function outputNames(stem: string): readonly [string, string] {
  return [`${stem}.output.jsonl`, `${stem}.errors.jsonl`];
}

const longestName = 60;

/**
 * A short name for each model, for files: empty for the only one. Letters, digits, `.`, `_` and `-`
 * of the model's own name; a number is added where two would be the same.
 */
export function modelNames(specs: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const distinct = [...new Set(specs)];
  for (const spec of distinct) {
    const plain = distinct.length === 1 ? "" : plainName(spec);
    const taken = new Set(names.values());
    let name = plain;
    for (let number = 2; taken.has(name); number += 1) name = `${plain}-${number}`;
    names.set(spec, name);
  }
  return names;
}

function plainName(spec: string): string {
  const model = spec.slice(spec.indexOf(":") + 1);
  const last = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  const plain = last.replaceAll(/[^a-z0-9._-]+/g, "-").replaceAll(/^[.-]+|[.-]+$/g, "");
  return plain.slice(0, longestName) || "model";
}
