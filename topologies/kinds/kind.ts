import type * as z from "zod";
import type { ChainStep } from "../../graphs/chain-step.ts";
import type { EvolveConversationOptions } from "../../graphs/evolve-conversation.ts";
import type { Evaluator } from "../../graphs/parts/evaluator.ts";
import type { Drawable, GeneratorGraph } from "../../graphs/parts/runnable-graph.ts";
import type { StepOfChain } from "../../state/generation/chain-progress.ts";
import type { MemberConversations } from "../../state/generation/loop-progress.ts";
import type { ConversationTopology } from "../schema/shared-keys.ts";
import type { Builder } from "../session/builder.ts";
import type { ForecastStep } from "../session/forecast-calls.ts";

/** A key of a topology, and why its value won't do. */
export type KeyProblem = { readonly key: string; readonly message: string };

type Named = { readonly graph: string };

/** What every kind of graph says of itself. A kind is a member of one list: `kinds.ts` names it. */
type KindOf<Topology extends Named> = {
  readonly graph: Topology["graph"];
  /** The topology file, with the rules across its keys. */
  readonly schema: z.ZodType<Topology>;
  /** The graphs that its list `steps` may hold; absent where it has no such list. */
  readonly steps?: readonly string[];
  /** The keys that a step may have beside `file: NAME`; none by default. */
  readonly besideFile?: readonly string[];
  /** How many agents judge; those who argue so that another may advise don't. */
  judges(topology: Topology): number;
  /** The keys that a run in Studio may change: how models are asked and how often. */
  studioSettings(topology: Topology): readonly (keyof Topology & string)[];
};

/** How a graph runs, whatever it takes. */
type Runs<Topology, Built> = {
  /** The calls of a row at most: all rounds, every response compared, nothing asked twice. */
  forecast(topology: Topology): ForecastStep[];
  /** Supersteps a row may take at most. */
  recursionLimit(topology: Topology): number;
  build(builder: Builder<Topology>): Promise<Built>;
};

/** Takes a pair and returns a verdict: for `evaluate`, and inside other graphs. */
export type EvaluatorKind<Topology extends Named> = KindOf<Topology> & {
  readonly evaluate: Runs<Topology, Evaluator> & {
    /** Whether the judges see the two responses in an order, so that position can bias them. */
    ordered(topology: Topology): boolean;
    /** Whether each response gets a score of its own, whatever the other one is; no by default. */
    scoresApart?(topology: Topology): boolean;
  };
};

/** A graph that writes responses, and the conversations of its members, where it keeps them. */
export type ResponseGraph = {
  readonly graph: GeneratorGraph;
  readonly members: MemberConversations | null;
};

/** Takes a prompt and returns responses: for `generate`. */
export type GeneratorKind<Topology extends Named> = KindOf<Topology> & {
  readonly generate: Runs<Topology, ResponseGraph> & {
    /** Why a valid topology can't begin with a prompt; null where it can. */
    problem?(topology: Topology): KeyProblem | null;
  };
};

/** A graph that improves one answer. */
export type RewriteGraph = {
  readonly evolution: EvolveConversationOptions["evolution"];
  /** The method itself, for drawings. */
  readonly method: Drawable;
};

/** Takes answers and improves them: for `evolve`. */
export type EvolutionKind<
  Topology extends Named & { readonly conversation: ConversationTopology },
> = KindOf<Topology> & {
  readonly evolve: Runs<Topology, RewriteGraph> & {
    /** Why a valid topology can't begin with an answer; null where it can. */
    problem?(topology: Topology): KeyProblem | null;
    /** The agent that rewrites; undefined where each rewrite names its own. */
    editor(topology: Topology): string | undefined;
  };
};

/** Improves the best response so far, as a later step of a chain. */
export type StepKind<Topology extends Named> = KindOf<Topology> & {
  readonly step: Omit<Runs<Topology, never>, "build"> & {
    /** Why a valid topology can't improve a response; null where it can. */
    problem(topology: Topology): KeyProblem | null;
    /** The agent that writes the step's responses. */
    writer(topology: Topology): string;
    build(builder: Builder<Topology>, of: StepOfChain): Promise<ChainStep>;
  };
};

/** Any kind; the keys that it has decide which commands take it. */
export type Kind<Topology extends Named & { readonly conversation: ConversationTopology }> =
  KindOf<Topology> &
    Partial<
      Pick<EvaluatorKind<Topology>, "evaluate"> &
        Pick<GeneratorKind<Topology>, "generate"> &
        Pick<EvolutionKind<Topology>, "evolve"> &
        Pick<StepKind<Topology>, "step">
    >;
