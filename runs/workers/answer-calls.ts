import { isDeepStrictEqual } from "node:util";
import type { Call } from "../../models/call.ts";
import type { Endpoint } from "../../models/endpoint.ts";
import type { Gate } from "../../models/gate/gate.ts";
import { createEndpoint, type Environment } from "../../models/providers/create-endpoint.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { AskedModel } from "./messages.ts";

export type AnswerCallsOptions = {
  readonly gate: Gate;
  readonly environment: Environment;
  readonly longestAnswerOf?: ((model: string, agent: string) => number | undefined) | undefined;
};

/**
 * Asks on behalf of workers, through the one gate of the run. A call that is on its way for a
 * worker that was killed is not sent again for the one that takes the row over.
 */
export function answerCalls({
  gate,
  environment,
  longestAnswerOf,
}: AnswerCallsOptions): (call: Call, model: AskedModel) => Promise<CallRecord> {
  const endpoints = new Map<string, Promise<Endpoint>>();
  const asked = new Map<string, { readonly call: Call; readonly record: Promise<CallRecord> }>();

  function endpointOf({ agent, spec, settings }: AskedModel): Promise<Endpoint> {
    const key = JSON.stringify([agent, spec, settings]);
    const endpoint =
      endpoints.get(key) ??
      createEndpoint(spec, settings, environment, longestAnswerOf?.(spec, agent));
    endpoints.set(key, endpoint);
    return endpoint;
  }

  async function ask(call: Call, model: AskedModel): Promise<CallRecord> {
    return gate.ask(call, await endpointOf(model));
  }

  return (call, model) => {
    const { row, agent, part, turn } = call.address;
    const key = JSON.stringify([row.number, agent, part, turn]);
    const known = asked.get(key);
    if (known !== undefined && isDeepStrictEqual(known.call, call)) return known.record;
    const record = ask(call, model).finally(() => {
      if (asked.get(key)?.record === record) asked.delete(key);
    });
    asked.set(key, { call, record });
    return record;
  };
}
