import type { Limits } from "../models/rate-limit/given-limits.ts";
import type { CodeTopology } from "./build/code-topology.ts";
import type { Topology } from "./kinds/kinds.ts";

type Given = Readonly<Record<string, Limits>>;
type Holder = {
  readonly limits?: Given | undefined;
  readonly evaluator?: Holder | undefined;
  readonly steps?: readonly Holder[] | undefined;
};

/**
 * The limits a topology gives, those of its evaluator and its steps included; where both name a
 * model, the outer one's count.
 */
export function limitsOf(topology: Topology | CodeTopology): Given {
  return givenBy(topology);
}

function givenBy({ limits, evaluator, steps = [] }: Holder): Given {
  const inner = evaluator === undefined ? steps : [...steps, evaluator];
  return Object.assign({}, ...inner.map(givenBy), limits) as Given;
}

/** A topology as far as its rows depend on it: with other limits the same run goes on. */
export function withoutLimits<Any extends object>(topology: Any): Any {
  const { evaluator, steps } = topology as Holder;
  return {
    ...topology,
    limits: undefined,
    ...(evaluator === undefined ? {} : { evaluator: withoutLimits(evaluator) }),
    ...(steps === undefined ? {} : { steps: steps.map(withoutLimits) }),
  };
}
