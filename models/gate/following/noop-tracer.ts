import { BaseCallbackHandler } from "@langchain/core/callbacks/base";

/**
 * A callback handler in the place of LangChain's own tracer. LangChain adds that one by itself
 * wherever the environment asks for tracing and no handler of this name is there; it costs more
 * than half of a run's pace, knows nothing of a call's outcome and doesn't say where the data go.
 * This one follows nothing; a subclass says what it follows.
 */
export class NoopTracer extends BaseCallbackHandler {
  override readonly name = "langchain_tracer";
  /** Called in turn and at once, not from a queue that is still full when the run is over. */
  override awaitHandlers = true;
  override ignoreLLM = true;
  override ignoreChain = true;
  override ignoreAgent = true;
  override ignoreRetriever = true;
  override ignoreCustomEvent = true;

  /**
   * LangChain hangs the config of what runs inside a run on what it gets here; its own tracer
   * builds a whole run for that.
   */
  getRunTreeWithTracingConfig(): object {
    return {};
  }

  /**
   * LangChain hands over the run around the outermost one, where there is one; what it is of no use
   * here.
   */
  updateFromRunTree(): void {}
}

/** For graphs and models that must not be traced, whatever the environment says. */
export const untraced = new NoopTracer();
