import type { RoleName } from "../../nodes/roles.ts";
import { isInProcess, noModel } from "../../models/providers/model-spec.ts";
import type { AgentTopology } from "../schema/agent-schema.ts";
/** What a call has before it and brings back, in sizes that a forecast can put numbers to. */
export type ForecastCall = {
  readonly role: RoleName;
  readonly model: string;
  /** Its agent's name, where it has one. */
  readonly agent?: string | undefined;
  /** The longest answer, in tokens, where the topology sets one. */
  readonly maxTokens: number | undefined;
  /** Whether identical calls share one answer in a run: at temperature 0. */
  readonly once?: true;
  /** How many of it run side by side. */
  readonly copies: number;
  /** How many responses it is shown, the prompt aside. */
  readonly responses: number;
  /** How many reviews or statements it is shown. */
  readonly remarks: number;
};

/** Calls side by side: the row goes on when the last of them is answered. */
export type ForecastStep = {
  readonly calls: readonly ForecastCall[];
  /**
   * How often the step is taken in a row, one after another; without re-asks and without an early
   * end.
   */
  readonly times: number;
  /** The step is taken for some rows alone: none of them at least, and all at most. */
  readonly isMaybe?: true;
};

/** The same steps, taken for some rows alone. */
export function maybe(steps: readonly ForecastStep[]): ForecastStep[] {
  return steps.map((one) => ({ ...one, isMaybe: true as const }));
}

/** The same steps, taken several times. */
export function repeated(steps: readonly ForecastStep[], times: number): ForecastStep[] {
  return times === 0 ? [] : steps.map((one) => ({ ...one, times: one.times * times }));
}

/** A step of these calls; custom nodes without a model make none. */
export function step(calls: readonly ForecastCall[], times = 1): ForecastStep {
  return { calls: calls.filter(({ model }) => model !== noModel), times };
}

/**
 * A call of an agent.
 *
 * @param responses How many responses it is shown.
 * @param remarks How many reviews or statements it is shown.
 * @param copies How many of it run side by side.
 */
export function call(
  role: RoleName,
  { model, name, maxTokens, temperature }: AgentTopology,
  responses: number,
  remarks: number,
  copies = 1,
): ForecastCall {
  const once = temperature === 0 && model !== noModel && !isInProcess(model);
  const rest = once ? ({ once: true } as const) : {};
  return { role, model, agent: name, maxTokens, ...rest, copies, responses, remarks };
}
