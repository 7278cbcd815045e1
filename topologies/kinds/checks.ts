import * as z from "zod";
import { createChecks } from "../../graphs/checks.ts";
import { createCheckResponses } from "../../nodes/check-responses.ts";
import { builtInChecks } from "../../nodes/checks/built-in-checks.ts";
import type { Check, CheckResponse } from "../../nodes/checks/check.ts";
import { evaluatorSchemas } from "../../state/evaluation/evaluator-state.ts";
import { section } from "../schema/agent-schema.ts";
import { checkTopology, kindOfCheck, type CheckTopology } from "../schema/check-schema.ts";
import { graphName, referenceColumn } from "../schema/shared-keys.ts";
import type { BuildSession } from "../session/build-session.ts";
import { inOrder } from "../session/in-order.ts";
import type { EvaluatorKind } from "./kind.ts";

const schema = section({
  graph: graphName("checks"),
  checks: z
    .array(checkTopology)
    .min(1)
    .max(64)
    .describe("Each adds its weight to the score of a response that passes it"),
  reference: referenceColumn,
})
  .superRefine(({ checks }, context) => {
    const given = checks.flatMap(({ name }) => name ?? []);
    for (const [at, { name }] of checks.entries()) {
      if (name === undefined || given.indexOf(name) === given.lastIndexOf(name)) continue;
      const message = `the name "${name}" occurs twice; give each check its own`;
      context.addIssue({ code: "custom", path: ["checks", at, "name"], message });
    }
  })
  .meta({
    id: "checks",
    description: "An evaluator that asks no model: code checks each response",
  });
export type ChecksTopology = z.infer<typeof schema>;

/** Checks by code; see `createChecks`. */
export const checks = {
  graph: "checks",
  schema,
  // Nothing that could prefer a length, a style or a position judges.
  judges: () => 0,
  studioSettings: () => [],
  evaluate: {
    ordered: () => false,
    scoresApart: () => true,
    forecast: () => [],
    recursionLimit: () => 8,
    build: async (builder) => {
      const { reference } = builder.topology;
      const names = namesOfChecks(builder.topology);
      const part = await builder.part((topology, session) =>
        inOrder([...topology.checks.entries()], async ([at, one]): Promise<Check> => {
          const { weight } = one;
          return { name: names[at] ?? "", weight, check: await checkOf(one, session) };
        }),
      );
      return createChecks({
        node: part.node((made) => createCheckResponses({ checks: made, reference })),
        schemas: builder.schemas(evaluatorSchemas),
      });
    },
  },
} satisfies EvaluatorKind<ChecksTopology>;

/** The names given, else the kind, with a number from the second check of that name on. */
export function namesOfChecks({ checks }: Pick<ChecksTopology, "checks">): string[] {
  const taken = new Set(checks.flatMap(({ name }) => name ?? []));
  return checks.map((check) => {
    if (check.name !== undefined) return check.name;
    const kind = kindOfCheck(check);
    let name: string = kind;
    for (let count = 2; taken.has(name); count += 1) name = `${kind}-${count}`;
    taken.add(name);
    return name;
  });
}

async function checkOf(check: CheckTopology, session: BuildSession): Promise<CheckResponse> {
  const kind = kindOfCheck(check);
  if (kind === "node") return session.customCheck(check);
  const make = builtInChecks[kind] as (value: unknown) => CheckResponse;
  return make(check[kind]);
}
