import type { MemberOptions, NodeFunction, NodeRules } from "../nodes/role.ts";
import { roles } from "../nodes/roles.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { guardNode, type GuardedState } from "./guard-node.ts";
import { defaultPatienceMs } from "./run-user-code.ts";
import { shownError, shownValue } from "./custom-node-failure.ts";

type Roles = typeof roles;

/** The factories of all roles, made of one export; an agent needs that of its own role. */
export type CustomNodeFactories = { readonly [Key in keyof Roles]: Roles[Key]["create"] };

/** An export that stands in the place of a role's factory. */
export type CustomNode = {
  /** `examples/critic.ts#critic`. */
  readonly name: string;
  /** The topology's line that names it, for messages. */
  readonly place: string;
  /** The value that the module exports by that name. */
  readonly exported: unknown;
  /** The longest it may do anything but wait for its calls, in milliseconds. */
  readonly patienceMs?: number | undefined;
};

/**
 * The factories of a custom node. Each calls the export, checks that a node came back, and guards
 * it by the rules of its role.
 *
 * @throws FellowshipError `bad_usage` with the place where the export is no function; by the
 *   factories, so when the graph is built, where it throws or returns something else.
 */
export function customNodeFactories(custom: CustomNode): CustomNodeFactories {
  if (typeof custom.exported !== "function") {
    const found = shownValue(custom.exported);
    throw badNode(custom, `is no function (got ${found}); expected the factory of a node`);
  }
  const factories = Object.entries(roles).map(([key, role]) => [
    key,
    customNodeFactory<unknown>(role, custom),
  ]);
  return Object.fromEntries(factories) as CustomNodeFactories;
}

type AnyRules = NodeRules<GuardedState, unknown>;

/** The part of a role that a custom node takes the place of, and that guards it. */
type Replaced<Factory> = { readonly create: Factory; readonly rules: (options: never) => unknown };

/** The factory of a custom node in the place of the nodes of one role. */
export function customNodeFactory<Factory>(role: Replaced<Factory>, custom: CustomNode): Factory {
  const factory = (options: MemberOptions): unknown => {
    const made = called(custom, options);
    // A role's rules take the options of its factory, and fit its nodes and their state.
    const rules = role.rules(options as never) as AnyRules | Record<string, AnyRules>;
    const { name, patienceMs = defaultPatienceMs } = custom;
    const guarded = (node: unknown, rulesOfNode: AnyRules) =>
      guardNode(node as NodeFunction<GuardedState, unknown>, rulesOfNode, {
        name: `${options.agent.name} (${name})`,
        patienceMs,
      });
    if (isRules(rules)) {
      if (typeof made === "function") return guarded(made, rules);
      const found = shownValue(made);
      throw badNode(custom, `returned ${found}; expected a node, which is a function of the state`);
    }
    const nodes = (made ?? {}) as Readonly<Record<string, unknown>>;
    if (Object.keys(rules).some((key) => typeof nodes[key] !== "function")) {
      const expected = `expected the nodes { ${Object.keys(rules).join(", ")} }`;
      throw badNode(custom, `returned ${shownValue(made)}; ${expected}`);
    }
    return Object.fromEntries(
      Object.entries(rules).map(([key, one]) => [key, guarded(nodes[key], one)]),
    );
  };
  return factory as Factory;
}

/** Whether a role has one node; else the rules are those of several, by name. */
function isRules(rules: AnyRules | Record<string, AnyRules>): rules is AnyRules {
  return typeof rules["update"] === "function";
}

function called(custom: CustomNode, options: MemberOptions): unknown {
  try {
    return (custom.exported as (options: MemberOptions) => unknown)(options);
  } catch (error) {
    throw badNode(custom, `threw when the graph was built: ${shownError(error)}`);
  }
}

function badNode({ name, place }: CustomNode, problem: string): FellowshipError {
  return new FellowshipError("bad_usage", `${place}: ${name} ${problem}.`, {
    facts: { place, name },
  });
}
