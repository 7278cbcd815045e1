import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { eachRow, promptOf, type Arm } from "./arm.ts";
import { chatOpenAiAsk, type Ask } from "./client-arms.ts";

/**
 * The methods as one would write them in plain LangGraph with `ChatOpenAI`: no journal, no budget,
 * no limiter, no retries beyond the client's. They ask as many questions as the presets do, of
 * about the same length.
 */

/** Instructions of about the length of the presets' prompts. */
const instructions = "Weigh what the text says, how it says it and what it leaves out. ".repeat(20);
const scoring =
  `${instructions}\nEnd with the lines\n### Score Assistant A:\nX/10\n### Score Assistant ` +
  "B:\nX/10";
const reviewing = `${instructions}\nEnd with the lines\n### Overall Score:\nX/10\n### Feedback:\nthe feedback`;

function list<Item>() {
  return Annotation<Item[], Item[]>({ reducer: (one, two) => one.concat(two), default: () => [] });
}

function marginIn(text: string): number {
  const [a, b] = [/Assistant A:\s*(\d+)/, /Assistant B:\s*(\d+)/].map(
    (form) => form.exec(text)?.[1],
  );
  if (a === undefined || b === undefined) throw new Error("the answer has no scores");
  return Number(a) - Number(b);
}

const compared = (prompt: string, a: string, b: string) =>
  `${scoring}\n\nQuestion:\n${prompt}\n\nAssistant A:\n${a}\n\nAssistant B:\n${b}`;

function single(ask: Ask) {
  const state = Annotation.Root({ prompt: Annotation<string>, response: Annotation<string> });
  const graph = new StateGraph(state)
    .addNode("generator", async ({ prompt }) => ({ response: await ask(prompt) }))
    .addEdge(START, "generator")
    .addEdge("generator", END)
    .compile();
  return async (prompt: string) => void (await graph.invoke({ prompt }));
}

function feedbackLoop(ask: Ask) {
  const state = Annotation.Root({
    prompt: Annotation<string>,
    responses: list<string>(),
    feedback: Annotation<string>,
    best: Annotation<number>,
    margins: list<number>(),
  });
  const graph = new StateGraph(state)
    .addNode("generator", async ({ prompt, responses, feedback }) => {
      const last = responses.at(-1);
      const question =
        last === undefined ? prompt : `${prompt}\n\nDraft:\n${last}\n\nFeedback:\n${feedback}`;
      return { responses: [await ask(question)], ...(last === undefined ? { best: 0 } : {}) };
    })
    .addNode("reviewer", async ({ prompt, responses }) => ({
      feedback: await ask(`${reviewing}\n\nQuestion:\n${prompt}\n\nAnswer:\n${responses.at(-1)}`),
    }))
    .addNode("judge", async ({ prompt, responses, best }) => {
      const [a, b] = [responses[best] ?? "", responses.at(-1) ?? ""];
      const margin = marginIn(await ask(compared(prompt, a, b)));
      return { margins: [margin], best: margin > 0 ? best : responses.length - 1 };
    })
    .addEdge(START, "generator")
    .addConditionalEdges(
      "generator",
      ({ responses }) => (responses.length === 1 ? "reviewer" : "judge"),
      ["reviewer", "judge"],
    )
    .addEdge("reviewer", "generator")
    .addConditionalEdges("judge", ({ responses }) => (responses.length < 3 ? "reviewer" : END), [
      "reviewer",
      END,
    ])
    .compile();
  return async (prompt: string) => void (await graph.invoke({ prompt }));
}

const evaluation = Annotation.Root({
  prompt: Annotation<string>,
  a: Annotation<string>,
  b: Annotation<string>,
  talk: list<string>(),
  margins: list<number>(),
  verdict: Annotation<"a" | "b" | "tie">,
});
type Evaluation = typeof evaluation.State;

function verdictOf({ margins }: Evaluation) {
  const sum = margins.reduce((total, margin) => total + margin, 0);
  return { verdict: sum > 0 ? ("a" as const) : sum < 0 ? ("b" as const) : ("tie" as const) };
}

/** The responses of a pair; `ours` are given the same. */
export function pairOf(prompt: string) {
  const text = "A careful answer that weighs both sides and gives two examples. ".repeat(20);
  return { prompt, a: `First. ${text}${prompt}`, b: `Second. ${text}${prompt}` };
}

function panel(ask: Ask, judges: readonly string[]) {
  const graph = new StateGraph(evaluation).addNode("conclude", verdictOf);
  const dynamic = graph as unknown as StateGraph<typeof evaluation, Evaluation, object, string>;
  for (const name of judges) {
    dynamic.addNode(name, async ({ prompt, a, b }) => ({
      margins: [marginIn(await ask(compared(prompt, a, b)))],
    }));
    dynamic.addEdge(START, name);
  }
  dynamic.addEdge([...judges], "conclude").addEdge("conclude", END);
  const compiled = dynamic.compile();
  return async (prompt: string) => void (await compiled.invoke(pairOf(prompt)));
}

function debate(ask: Ask) {
  const names = ["general-public", "psychologist", "critic"];
  const graph = new StateGraph(evaluation).addNode("conclude", verdictOf);
  const dynamic = graph as unknown as StateGraph<typeof evaluation, Evaluation, object, string>;
  for (const name of names) {
    dynamic.addNode(name, async ({ prompt, a, b, talk }) => ({
      talk: [await ask(`You are the ${name}.\n${compared(prompt, a, b)}\n\n${talk.join("\n\n")}`)],
    }));
    dynamic.addNode(`vote.${name}`, async ({ prompt, a, b, talk }) => ({
      margins: [marginIn(await ask(`${compared(prompt, a, b)}\n\n${talk.join("\n\n")}`))],
    }));
  }
  const [first = "", second = "", last = ""] = names;
  const votes = names.map((name) => `vote.${name}`);
  dynamic
    .addEdge(START, first)
    .addEdge(first, second)
    .addEdge(second, last)
    .addConditionalEdges(last, ({ talk }) => (talk.length < 6 ? first : votes), [first, ...votes])
    .addEdge(votes, "conclude")
    .addEdge("conclude", END);
  const compiled = dynamic.compile();
  return async (prompt: string) => void (await compiled.invoke(pairOf(prompt)));
}

function coevol(ask: Ask) {
  const state = Annotation.Root({
    prompt: Annotation<string>,
    response: Annotation<string>,
    talk: list<string>(),
    advice: Annotation<string>,
    rewrite: Annotation<string>,
    margins: list<number>(),
  });
  const side =
    (task: string) =>
    async ({ prompt, response, talk }: typeof state.State) => ({
      talk: [
        await ask(`${instructions}\n${task}\n\n${prompt}\n\n${response}\n\n${talk.join("\n\n")}`),
      ],
    });
  const graph = new StateGraph(state)
    .addNode("positive", side("Say what is good about the answer."))
    .addNode("critical", side("Say what is wrong with the answer."))
    .addNode("positive.review", side("Say whether the critic is right."))
    .addNode("critical.review", side("Say whether the advocate is right."))
    .addNode("advisor", async ({ prompt, response, talk }) => ({
      advice: await ask(`Give suggestions.\n${prompt}\n\n${response}\n\n${talk.join("\n\n")}`),
    }))
    .addNode("editor", async ({ prompt, response, advice }) => ({
      rewrite: await ask(`Follow the advice.\n${prompt}\n\n${response}\n\n${advice}`),
    }))
    .addNode("judge", async ({ prompt, response, rewrite }) => ({
      margins: [
        marginIn(await ask(compared(prompt, response, rewrite))),
        -marginIn(await ask(compared(prompt, rewrite, response))),
      ],
    }))
    .addEdge(START, "positive")
    .addEdge(START, "critical")
    .addEdge(["positive", "critical"], "positive.review")
    .addEdge(["positive", "critical"], "critical.review")
    .addEdge(["positive.review", "critical.review"], "advisor")
    .addEdge("advisor", "editor")
    .addEdge("editor", "judge")
    .addEdge("judge", END)
    .compile();
  return async (prompt: string) =>
    void (await graph.invoke({ prompt, response: pairOf(prompt).a }));
}

const graphs: Readonly<Record<string, (ask: Ask) => (prompt: string) => Promise<void>>> = {
  "feedback-loop": feedbackLoop,
  single,
  judge: (ask) => panel(ask, ["judge"]),
  jury: (ask) => panel(ask, ["juror-1", "juror-2", "juror-3"]),
  debate,
  coevol,
};

/** The plain twin of each preset, by its name. */
export const plainArms: readonly Arm[] = Object.entries(graphs).map(([name, create]) => ({
  name: `plain ${name}`,
  run: async (load) => {
    const work = create(chatOpenAiAsk(load.baseUrl));
    await eachRow(load, (row) => work(promptOf(row)));
  },
}));
