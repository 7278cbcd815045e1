import { estimate, percentage } from "../../statistics/estimates/figure-text.ts";
import type { AgentCounts } from "../figures/run-counts.ts";
import type { RunFiles } from "../read/read-run.ts";
import { countsAt, figureAt, numberAt } from "../read/summary-values.ts";
import { fileName } from "./file-name.ts";
import { htmlTable } from "./html-table.ts";
import { html, raw, type Html } from "./html.ts";
import { counted, usdText, wholeText } from "../figures/number-text.ts";
import type { ReportedRun } from "./reported-run.ts";
import { runWords } from "./run-words.ts";
import { visibleText } from "./visible-text.ts";

/** The first sheet: what ran, what came out, what to watch out for, and what it cost. */
export function overview(runs: readonly ReportedRun[]): Html {
  const isAlone = runs.length === 1;
  return html`${isAlone ? "" : sideBySide(runs)} ${runs.map((run) => runOverview(run, { isAlone }))}`;
}

/** The figures that runs have in common, a line a run. */
function sideBySide(runs: readonly ReportedRun[]): Html {
  const measures = [
    {
      name: "Kappa [95 %]",
      of: ({ summary }: RunFiles) => estimateAt(summary, "agreement", "kappa"),
    },
    {
      name: "Win rate of A [95 %]",
      of: ({ summary }: RunFiles) => shareAt(summary, "winRate", "a"),
    },
    {
      name: "Flips [95 %]",
      of: ({ summary }: RunFiles) => shareAt(summary, "bias", "flips", "rate"),
    },
    { name: "Pairs", of: ({ summary }: RunFiles) => numberTextAt(summary, "pairs") },
  ].filter(({ of }) => runs.some(({ run }) => of(run) !== "–"));
  return html`<h2>Side by side</h2>
    ${htmlTable(
      [
        "Run",
        "Graph",
        "Finished",
        "Failed",
        ...measures.map(({ name }) => name),
        "Calls",
        "Dollars",
      ],
      runs.map(({ run }) => {
        const { topology, command, done, failed, calls, cost } = run.manifest;
        const unknown = cost.unknown === 0 ? "" : ` + ${counted(cost.unknown, "call")} unknown`;
        return [
          run.name,
          topology?.graph ?? command,
          wholeText(done),
          wholeText(failed),
          ...measures.map(({ of }) => of(run)),
          wholeText(calls),
          `${usdText(cost.usd)}${unknown}`,
        ];
      }),
      { label: "Runs side by side" },
    )}`;
}

function estimateAt(fields: unknown, ...path: string[]): string {
  const figure = figureAt(fields, ...path);
  return figure === null ? "–" : estimate(figure);
}

function shareAt(fields: unknown, ...path: string[]): string {
  const figure = figureAt(fields, ...path);
  return figure === null ? "–" : percentage(figure);
}

function numberTextAt(fields: unknown, ...path: string[]): string {
  const number = numberAt(fields, ...path);
  return number === null ? "–" : wholeText(number);
}

function runOverview(reported: ReportedRun, { isAlone }: { readonly isAlone: boolean }): Html {
  const { run, counts, failures, drawing } = reported;
  const { ran, results, watch } = runWords(run, counts);
  return html` ${isAlone ? "" : html`<h2>${run.name}</h2>`}
    <div class="top">
      <div>
        <p class="summary">${[ran, ...results].join(" ")}</p>
        ${
          watch.length === 0
            ? ""
            : html`<div class="watch">
                <h3>To watch out for</h3>
                <ul>
                  ${watch.map((one) => html`<li>${one}</li>`)}
                </ul>
              </div>`
        }
        ${rowLinks(reported)} ${stageLinks(run)}
      </div>
      ${drawing === null ? "" : html`<div class="drawing">${raw(visibleText(drawing))}</div>`}
    </div>
    ${failures.length === 0 ? "" : failureTable(reported)} ${agentTable(run, counts.agents)}
    <details>
      <summary>Settings, versions and files</summary>
      ${provenance(run)}
    </details>`;
}

/** Links to the reports of a study's stages. */
function stageLinks({ manifest: { stages = [] } }: RunFiles): Html | string {
  if (stages.length === 0) return "";
  const links = stages.map((stage) => {
    const path = [...stage.split("/"), "report.html"].map(encodeURIComponent).join("/");
    return html`<li><a href="${path}">${stage}</a></li>`;
  });
  return html`<h3>Reports of the stages</h3>
    <ul class="reasons">
      ${links}
    </ul>`;
}

/** Links to the rows that stand out. */
function rowLinks({ marked }: ReportedRun): Html | string {
  const links = marked
    .filter(({ rows }) => rows > 0)
    .map(
      ({ name, label, rows }) =>
        html`<li><a href="#rows:${name}">${counted(rows, "row")}: ${label}</a></li>`,
    );
  return links.length === 0
    ? ""
    : html`<h3>Rows to look at</h3>
        <ul class="reasons">
          ${links}
        </ul>`;
}

function failureTable({ failures, run }: ReportedRun): Html {
  return html`<h3>Failed rows, by reason</h3>
    ${htmlTable(
      ["Reason", "Rows", "The first of them"],
      failures.map(({ reason, rows, detail }) => [reason, wholeText(rows), detail]),
    )}
    <p><a href="#rows:failed">Show the ${counted(run.manifest.failed, "failed row")}</a></p>`;
}

function agentTable(
  { manifest }: RunFiles,
  agents: ReadonlyMap<string, AgentCounts>,
): Html | string {
  const roleOf = new Map((manifest.agents ?? []).map(({ name, role }) => [name, role]));
  if (agents.size === 0) return "";
  const rows = [...agents].map(([name, own]) => [
    name,
    roleOf.get(name) ?? "–",
    own.model,
    wholeText(own.calls),
    wholeText(own.in),
    wholeText(own.out),
    usdOf(own),
    wholeText(own.unanswered),
  ]);
  return html`<h3>Agents</h3>
    ${htmlTable(
      ["Agent", "Role", "Model", "Calls", "Tokens in", "Tokens out", "Dollars", "Without answer"],
      rows,
    )}
    <p class="note">
      Of the finished rows. Calls of rows that failed are in the totals of the run only.
    </p>`;
}

function usdOf({ usd, unknownUsd, calls }: AgentCounts): string {
  if (unknownUsd === calls) return "unknown";
  return unknownUsd === 0
    ? usdText(usd)
    : `${usdText(usd)} + ${counted(unknownUsd, "call")} unknown`;
}

function provenance({ manifest, summary }: RunFiles): Html {
  const {
    fellowship,
    versions,
    command,
    input,
    topology,
    prompts = {},
    code = {},
    seconds,
  } = manifest;
  const facts: [string, string][] = [
    ["Command", command],
    ["Fellowship", fellowship],
    ...(versions === undefined ? [] : [["Node.js", versions.node] as [string, string]]),
    ...(input === undefined
      ? []
      : ([
          ["Input", fileName(input.path)],
          input.sha256 === undefined
            ? ["Read of the input", input.identity ?? ""]
            : ["SHA-256 of the input", input.sha256],
        ] as [string, string][])),
    ...(seconds === undefined
      ? []
      : [["Seconds of the last session", String(seconds)] as [string, string]]),
    ["Tokens in and out", `${wholeText(manifest.tokens.in)} and ${wholeText(manifest.tokens.out)}`],
    ...countsAt(summary, "failures").map(
      ([reason, n]) => [`Failed: ${reason}`, String(n)] as [string, string],
    ),
    ...Object.entries(prompts).map(([name, hash]) => [`Prompt ${name}`, hash] as [string, string]),
    ...Object.entries(code).map(([name, hash]) => [`Code ${name}`, hash] as [string, string]),
  ];
  return html`${htmlTable(["Fact", "Value"], facts)}
  ${
    topology === undefined
      ? ""
      : html`<h3>Topology, as it was run</h3>
          <pre tabindex="0"><code>${JSON.stringify(topology, null, 2)}</code></pre>`
  }`;
}
