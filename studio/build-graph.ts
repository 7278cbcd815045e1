import { kindOf, type EvolutionTopology, type Topology } from "../topologies/kinds/kinds.ts";
import type { Builder } from "../topologies/session/builder.ts";

/** The graph that Studio shows of a topology; of one that improves answers, that of one answer. */
export async function buildGraph(topology: Topology, builder: Builder<Topology>): Promise<object> {
  const { evaluate, generate, evolve } = kindOf(topology);
  // The kind takes any topology of its name.
  const own = builder as unknown as Builder<Topology & EvolutionTopology>;
  if (evaluate !== undefined) return evaluate.build(own);
  if (generate !== undefined) return (await generate.build(own)).graph;
  if (evolve !== undefined) return (await evolve.build(own)).evolution;
  throw new Error(`no command takes ${topology.graph}`);
}
