import { counted, usdText, wholeText } from "../report-page/figures/number-text.ts";
import type { WaitedFile } from "../runs/batch/waited-for.ts";
import type { RunState } from "../runs/look/run-state.ts";
import { shellWord } from "../state/shell-word.ts";

/** The state of a run: its rows, failures, money and results, and how to go on with it. */
export function statusText(state: RunState): string {
  const { directory, command, graph, failures, stageStates, words } = state;
  const name = graph === null ? command : `${command} with ${graph}`;
  return [
    `${directory}: ${name}, ${phaseText(state)}`,
    `rows      ${rowsText(state)}`,
    ...failures.map(
      ({ reason, rows, detail }) => `failed    ${rows} ${reason}, the first: ${oneLine(detail)}`,
    ),
    ...stageStates.map((stage) => `stage     ${stageText(stage)}`),
    ...(state.openWave?.files ?? []).map((file) => `waits     ${waitText(file)}`),
    `money     ${moneyText(state)}`,
    ...(words === null ? [] : words.results.map((result) => `result    ${result}`)),
    ...(words === null ? [] : words.watch.map((warning) => `watch     ${warning}`)),
    `go on     ${goOnText(state)}`,
    ...nextLines(state),
    "",
  ].join("\n");
}

function phaseText({ phase, holder, openWave, rows: { pending } }: RunState): string {
  if (phase === "running" && holder !== null) {
    return `running (process ${holder.pid} on ${holder.host})`;
  }
  if (openWave !== null) {
    return openWave.isAtService
      ? `stopped while wave ${openWave.wave} is at its services`
      : `waiting for the answers to wave ${openWave.wave}`;
  }
  if (phase === "ended" && (pending ?? 0) > 0) return "stopped before all rows were done";
  return phase === "ended" ? "ended" : "interrupted before its files were written";
}

/** A file of the wave that a run waits for, and until when. */
function waitText({ calls, model, output, batch }: WaitedFile): string {
  const what = `for the answers to ${counted(calls, "call")} to ${model}`;
  if (batch === undefined) return `${what} in ${output}, beside the wave's input`;
  const { id, until } = batch;
  if (until === null) return `${what}, which go into a batch with the next command`;
  if (id === null) return `${what}, in a batch that the next command looks for or submits`;
  return `${what} in batch ${id}, by ${until.slice(0, 16)}Z at the latest`;
}

function stageText({ directory, phase, rows }: RunState["stageStates"][number]): string {
  const { done, failed, pending } = rows;
  const left = pending === null || pending === 0 ? "" : `, ${wholeText(pending)} pending`;
  return `${directory}: ${phase}, ${wholeText(done)} done, ${wholeText(failed)} failed${left}`;
}

function rowsText({ rows: { done, failed, pending }, stages }: RunState): string {
  const uncounted = stages.length === 0 ? "the rest of the input" : "those of later stages";
  const left = pending === null ? `${uncounted} not counted yet` : `${wholeText(pending)} pending`;
  return `${wholeText(done)} done, ${wholeText(failed)} failed, ${left}`;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 200 ? line : `${line.slice(0, 199)}…`;
}

function moneyText({ spent: { usd, unknownUsd, unpriced }, calls }: RunState): string {
  return [
    `${usdText(usd)} known`,
    ...(unknownUsd > 0 ? [`up to ${usdText(unknownUsd)} more unknown`] : []),
    ...(unknownUsd === 0 && unpriced === 0 ? ["nothing unknown"] : []),
    ...(unpriced === 0 ? [] : [`${counted(unpriced, "call")} to models without a price`]),
    `${counted(calls, "answer")} in the journal`,
  ].join(", ");
}

function goOnText({
  phase,
  goesOn,
  waiting,
  obstacle,
  unusable,
  commandLine,
  command,
  directory,
}: RunState) {
  if (phase === "running") return "it is running; the same status again shows how far it is";
  if (!goesOn && waiting !== null) {
    const wait = waiting.rows === 1 ? "1 row waits" : `${wholeText(waiting.rows)} rows wait`;
    const then = commandLine ?? "the same command again";
    return `${wait} for a person: ${waiting.command}; then ${then}`;
  }
  if (!goesOn) {
    return unusable === 0
      ? "nothing is left to do"
      : `nothing is left to do: the failed rows (${unusable}) can't be used`;
  }
  const given =
    commandLine ?? `the same command again (fellowship ${command} … --out ${shellWord(directory)})`;
  return obstacle === null
    ? `resumable, no finished call is paid for twice: ${given}`
    : `not resumable as it is: ${obstacle}. The command was: ${given}`;
}

function nextLines(state: RunState): string[] {
  const { directory, failures, stages, stageStates, phase, hasReport } = state;
  const open = stageStates.find((stage) => stage.phase !== "ended");
  const path = shellWord(open?.directory ?? stages[0] ?? directory);
  const show = failures.length === 0 ? [] : [`next      fellowship show ${path} --where failed`];
  return [
    ...(stages.length === 0 ? show : [`next      fellowship status ${path}`]),
    ...(!hasReport || phase === "running" ? [] : [`next      open ${directory}/report.html`]),
  ];
}
