import { conversationText } from "../../prompts/fence.ts";
import { isSameText } from "../../state/same-text.ts";
import { openUnattendedEvaluator, type OpenedEvaluator } from "../../topologies/open-topology.ts";
import type { BuiltEvaluator } from "../../topologies/build/build-evaluator.ts";
import type { CommandOptions } from "../command-options.ts";
import type { GivenPair } from "../evaluate/evaluation-job.ts";
import { defineCommand, type RowCommand } from "../engine/define-command.ts";
import type { JobEnd } from "../engine/job.ts";
import { roughTokens, type Forecast } from "../forecast/forecast.ts";
import { createAuditJob } from "./audit-job.ts";
import type { AuditSummary } from "./audit-outputs.ts";
import { readHeldOut } from "./held-out.ts";

/** What an audit is told; its input is the preference set. */
export type AuditOptions = CommandOptions & {
  /** The disagreement above which a label counts as flipped, from 0 to 1; 0.1 where not given. */
  readonly threshold?: number | undefined;
  /** In place of a threshold: the share of the flagged labels that are to be flipped, estimated. */
  readonly precision?: number | undefined;
  /** Files of prompts that the preference set must not hold. */
  readonly heldOut?: readonly string[] | undefined;
};

/** Measured on recorded pairs (docs/audit.md). */
const usualThreshold = 0.1;

/**
 * Audits a preference set by an evaluator topology, in both orders unless its file says otherwise:
 * suspect pairs with the reasons, and a corrected set.
 *
 * @throws FellowshipError as `readHeldOut` and `runJob` do
 */
export async function audit(
  evaluator: string,
  options: AuditOptions,
): Promise<JobEnd<AuditSummary>> {
  const command = await auditCommand(options);
  return command.run(evaluator, withBothOrders(options));
}

/** Estimates what `audit` would ask; makes all its checks, and sends and writes nothing. */
export async function forecastAudit(evaluator: string, options: AuditOptions): Promise<Forecast> {
  const command = await auditCommand(options);
  return command.forecast(evaluator, withBothOrders(options));
}

/** The chosen response stands first in most files, and a judge's liking for a place is no opinion. */
function withBothOrders(options: CommandOptions): CommandOptions {
  return { ...options, defaults: { orders: "both" } };
}

async function auditCommand({
  threshold = usualThreshold,
  precision,
  heldOut = [],
}: AuditOptions): Promise<RowCommand<AuditSummary>> {
  const settings = { threshold, precision, heldOut: await readHeldOut(heldOut) };
  return defineCommand({
    open: openUnattendedEvaluator,
    sizesOf: ({ messages, a, b }: GivenPair) =>
      isSameText(a.text, b.text)
        ? []
        : {
            prompt: roughTokens(conversationText(messages)),
            response: (roughTokens(a.text) + roughTokens(b.text)) / 2,
          },
    job: (topology: OpenedEvaluator["topology"], graph: BuiltEvaluator, parts) =>
      createAuditJob(settings, topology, graph, parts),
  });
}
