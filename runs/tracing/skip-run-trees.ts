import { CallbackManager } from "@langchain/core/callbacks/manager";
import type { RunnableConfig } from "@langchain/core/runnables";
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";
import { storedConfig } from "../../models/gate/following/child-config.ts";

/** A key of what LangChain keeps in its storage (its singletons/async_local_storage). */
const contextVariables = Symbol.for("lc:context_variables");

type Stored = {
  readonly tracingEnabled?: unknown;
  readonly [contextVariables]?: unknown;
};

let isInstalled = false;

/**
 * Work over graphs that nothing traces. LangChain is told so where it looks first, so that it
 * doesn't read the environment again for each node. Graphs without code of the user's are walked
 * and never come to it; a store around them would only cost every promise a little.
 */
export function untraced<Asked extends readonly unknown[], Value>(
  work: (...asked: Asked) => Value,
  { hasCode }: { readonly hasCode: boolean },
): (...asked: Asked) => Value {
  if (!hasCode) return work;
  const storage = AsyncLocalStorageProviderSingleton.getInstance();
  return (...asked) => storage.run({ tracingEnabled: false }, () => work(...asked));
}

/**
 * Around each node, edge and write of a graph, LangChain makes a LangSmith run (an id, two times,
 * metadata, the environment read several times) that it uses to hang the config on, even where
 * nothing is traced. From here on, a plain object takes its place wherever the config has no
 * callbacks and the environment asks for no tracing. All other runs go on as before.
 */
export function skipRunTrees(): void {
  if (isInstalled) return;
  isInstalled = true;
  const provider = AsyncLocalStorageProviderSingleton;
  const usual = provider.runWithConfig.bind(provider);
  provider.runWithConfig = <Value>(
    config: RunnableConfig | undefined,
    callback: () => Value,
    avoidCreatingRootRunTree?: boolean,
  ): Value => {
    const storage = provider.getInstance();
    const outer = storage.getStore() as Stored | undefined;
    const isTraced =
      config?.callbacks !== undefined ||
      (outer === undefined
        ? CallbackManager.configure() !== undefined
        : outer.tracingEnabled !== false);
    if (isTraced || avoidCreatingRootRunTree === true) {
      return usual(config, callback, avoidCreatingRootRunTree);
    }
    const variables = outer?.[contextVariables];
    const stored = {
      tracingEnabled: false,
      ...storedConfig(config),
      ...(variables === undefined ? {} : { [contextVariables]: variables }),
    };
    return storage.run(stored, callback);
  };
}
