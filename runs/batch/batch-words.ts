import { join } from "node:path";
import { isInProcess, providerOf } from "../../models/providers/model-spec.ts";
import type { BuiltAgent } from "../../topologies/session/build-session.ts";
import { formatCount } from "../progress/format-figures.ts";
import { counted } from "../../state/counted.ts";
import { shellWord } from "../../state/shell-word.ts";
import type { Wave, WaveFile } from "./wave-files/batch-state.ts";
import type { BatchPlace } from "./batch-place.ts";
import type { WaveCounts } from "./wave-files/brought-answers.ts";
import { inputName, outputNames } from "./wave-files/wave-names.ts";

/** Which agents' calls are made live all the same; null where there are none. */
export function liveText(
  agents: readonly BuiltAgent[],
  { names, bring }: Pick<BatchPlace, "names" | "bring">,
): string | null {
  const live = agents.filter(({ model }) => !isInProcess(model) && !names.has(model));
  if (live.length === 0) return null;
  const calls = [...new Set(live.map(({ name, model }) => `${name} (${model})`))].join(", ");
  const why = bring === undefined ? "take no file of this format" : "have no service for batches";
  return `Calls of ${calls} are made live: these models ${why}.`;
}

/**
 * What a wave brought, in a line.
 *
 * @param isOpen Whether the wave stays open, for no server took it.
 */
export function waveText(
  wave: number,
  counts: WaveCounts,
  { isOpen }: { readonly isOpen: boolean },
): string {
  const { asked, answered, failed, doubled, foreign, unreadable, firstFailure } = counts;
  const missing = asked - answered - failed;
  const parts = [
    `${formatCount(answered)} of ${counted(asked, "call")} answered`,
    ...(failed > 0 ? [`${formatCount(failed)} failed (the first: ${firstFailure})`] : []),
    ...(missing > 0 ? [`${formatCount(missing)} missing`] : []),
    ...(doubled > 0 ? [`${formatCount(doubled)} answered more than once (the first counts)`] : []),
    ...(foreign > 0 ? [`${counted(foreign, "line")} of no call of this wave left out`] : []),
    ...(unreadable > 0 ? [`${counted(unreadable, "line")} unreadable`] : []),
  ];
  const again = missing + failed > 0 && !isOpen ? " What has no answer is asked again." : "";
  return `Wave ${wave}: ${parts.join(", ")}.${again}`;
}

/** Why a run has stopped before its end. */
export function waitText({ wave, files }: Wave): string {
  const calls = files.reduce((sum, file) => sum + file.calls, 0);
  const [asked, inFiles] = [counted(calls, "call"), counted(files.length, "file")];
  return `stopped until wave ${wave} is answered: ${asked} in ${inFiles}`;
}

/** What to run before the same command again. */
export function nextText({ waiting, missing, growing, folder }: WaitingRun): string[] {
  if (waiting === null) return [];
  if (growing.length > 0) {
    return [
      "Next, run the same command again when these answers are fully written:",
      ...growing.map((path) => `  ${path}`),
    ];
  }
  const files = missing.map(({ stem, model }) => fileLine(folder, stem, model));
  return [
    `Next, have wave ${waiting.wave} answered, on any machine, then run the same command again:`,
    ...files,
  ];
}

/** A run as far as its waiting wave goes. */
type WaitingRun = {
  readonly waiting: Wave | null;
  /** The files of the wave that have no output yet. */
  readonly missing: readonly WaveFile[];
  /** The outputs that are still being written. */
  readonly growing: readonly string[];
  readonly folder: string;
};

function fileLine(folder: string, stem: string, spec: string): string {
  const input = join(folder, inputName(stem));
  const output = join(folder, outputNames(stem)[0]);
  const provider = providerOf(spec);
  const model = spec.slice(spec.indexOf(":") + 1);
  if (
    provider === undefined ||
    !("baseUrl" in provider) ||
    provider.baseUrl === undefined ||
    provider.keyOptional === true
  ) {
    const [from, to, served] = [input, output, model].map(shellWord);
    return `  vllm run-batch -i ${from} -o ${to} --model ${served}`;
  }
  return (
    `  ${input}: a batch of ${provider.name}'s service or of vllm run-batch; ` +
    `save its output as ${output}`
  );
}
