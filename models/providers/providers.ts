import { anthropic } from "./anthropic.ts";
import { google } from "./google.ts";
import { hosts } from "./hosts.ts";
import { openai } from "./openai.ts";
import type { Provider } from "./provider.ts";
import { replay } from "./replay.ts";
import { sim } from "./sim.ts";

/** All providers. A new one is a file of its own and a line here. */
export const providers: readonly Provider[] = [openai, google, anthropic, ...hosts, replay, sim];

export const providerNames = providers.map(({ name }) => name);
