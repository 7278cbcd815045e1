import type { RunnableConfig } from "@langchain/core/runnables";
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";

/** The key under which LangChain keeps a config (its singletons/async_local_storage). */
const key = Symbol.for("lc:child_config");

/** What LangChain keeps in its storage, so that all below runs with this config. */
export function storedConfig(config: RunnableConfig | undefined) {
  return { extra: { [key]: config } };
}

/** Runs work whose calls are followed by the callbacks of a config. */
export function withChildConfig<Value>(config: RunnableConfig, work: () => Value): Value {
  return AsyncLocalStorageProviderSingleton.getInstance().run(storedConfig(config), work);
}
