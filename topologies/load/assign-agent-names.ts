import type { FellowshipError } from "../../state/fellowship-error.ts";
import type { AgentTopology } from "../schema/agent-schema.ts";
import type { DebateReviewerTopology } from "../kinds/debate-reviewer.ts";
import type { ReviewerTopology } from "../kinds/feedback-loop.ts";
import type { Topology } from "../kinds/kinds.ts";

type Complain = (key: string, message: string) => FellowshipError;
type Named = { readonly name?: string | undefined };
type Naming = {
  /** Key of the topology in the file, with a dot behind it. */
  readonly prefix: string;
  /** Prefix of every name: `step-2.` in the second step of a chain. */
  readonly owner: string;
  readonly taken: Map<string, string>;
  readonly complain: Complain;
};

/**
 * Gives every agent its name: the one in the file, else its role, and `juror-1`, `juror-2` … where
 * there are several. A name means one agent in the whole topology, since transcripts, cassettes and
 * `--model` use it. So the members of a debate that reviews have its name before their role, and
 * the agents of a step have `step-2.` (and so on) before their name, from the second step on.
 *
 * @throws what `complain` returns, for a name that two agents have.
 */
export function assignAgentNames(topology: Topology, complain: Complain): Topology {
  const naming = { prefix: "", owner: "", taken: new Map<string, string>(), complain };
  return namedIn(topology as Members, naming) as unknown as Topology;
}

/** The keys of a topology below which agents are declared. */
type Members = {
  readonly agents?: Readonly<Record<string, AgentTopology | ReviewerTopology[]>>;
  readonly evaluator?: Members | undefined;
  readonly steps?: readonly Members[];
};

function namedIn(topology: Members, naming: Naming): Members {
  const { agents, evaluator, steps } = topology;
  const { prefix, owner } = naming;
  return {
    ...topology,
    ...(agents === undefined ? {} : { agents: namedRoles(agents, naming) }),
    ...(evaluator === undefined
      ? {}
      : { evaluator: namedIn(evaluator, { ...naming, prefix: `${prefix}evaluator.` }) }),
    ...(steps === undefined
      ? {}
      : {
          steps: steps.map((step, index) =>
            namedIn(step, {
              ...naming,
              prefix: `${prefix}steps.${index}.`,
              owner: index === 0 ? owner : `${owner}step-${index + 1}.`,
            }),
          ),
        }),
  };
}

function namedRoles(agents: NonNullable<Members["agents"]>, naming: Naming) {
  return Object.fromEntries(
    Object.entries(agents).map(([role, value]) => [role, namedRole(role, value, naming)]),
  );
}

function namedRole(role: string, value: AgentTopology | ReviewerTopology[], naming: Naming) {
  const key = `${naming.prefix}agents.${role}`;
  if (!Array.isArray(value)) return claim(value, key, role, naming);
  const several = role.replace(/s$/, "");
  return value.map((one, index) => {
    const place = `${key}.${index}`;
    const fallback = `${several}-${index + 1}`;
    const named = claim(one, place, fallback, naming);
    if ("graph" in named) return withMembers(named, place, naming);
    if (role !== "debaters" || naming.owner === "") return named;
    // A debater's persona is the prompt file of its own name, without the step before it.
    return { ...named, prompt: named.prompt ?? one.name ?? fallback };
  });
}

function withMembers(
  debate: DebateReviewerTopology & { readonly name: string },
  place: string,
  naming: Naming,
): DebateReviewerTopology {
  const { owner } = naming;
  const group = debate.name.slice(owner.length);
  const named = (role: keyof DebateReviewerTopology["agents"]) =>
    claim(debate.agents[role], `${place}.agents.${role}`, `${group}.${role}`, naming);
  const agents = {
    positive: named("positive"),
    critical: named("critical"),
    advisor: named("advisor"),
  };
  return { ...debate, agents };
}

function claim<Any extends Named>(
  one: Any,
  place: string,
  fallback: string,
  { owner, taken, complain }: Naming,
): Any & { readonly name: string } {
  const name = `${owner}${one.name ?? fallback}`;
  const other = taken.get(name);
  if (other !== undefined) {
    throw complain(
      place,
      `the name "${name}" occurs twice (also at ${other}); give each agent its own`,
    );
  }
  taken.set(name, place);
  return { ...one, name };
}
