/** The abstract wishes of a scenario in each agent's own tools. */
import type { Exchange, ToolCall } from "./exchange.ts";
import { fill } from "./fill.ts";
import type { Step } from "./scenario.ts";

type ToolStep = Extract<Step, { verb: "shell" | "write" | "ask" | "plan" | "call" | "mcp" }>;

/** A tool call, or a text where the agent has no tool for it. */
export type Act = ToolCall | { readonly said: string };

/** @throws Error when the agent does not offer the tool at this moment, or its input cannot be filled. */
export function act(step: ToolStep, exchange: Exchange): Act {
  if (step.verb === "call" || step.verb === "mcp") {
    const input = fill(step.input, exchange.toolResults);
    return step.verb === "call"
      ? offeredCall(exchange, step.tool, input)
      : serverCall(exchange, step.tool, input);
  }
  if (isCopilot(exchange)) return copilotAct(step, exchange);
  switch (exchange.protocol) {
    case "responses":
      return codexAct(step, exchange);
    case "messages":
      return claudeAct(step, exchange);
    case "chat":
      return exchange.tools.some(({ name }) => name === "Execute")
        ? droidAct(step, exchange)
        : opencodeAct(step, exchange);
  }
}

type BuiltIn = Exclude<ToolStep, { verb: "call" | "mcp" }>;

/** Agents put the name of the server before that of its tool, each in its own way. */
function mcpName({ tools }: Exchange, wanted: string): string {
  const found = tools.find(
    ({ name }) => name.endsWith(`_${wanted}`) || name.endsWith(`-${wanted}`),
  );
  return found?.name ?? wanted;
}

function serverCall(exchange: Exchange, tool: string, input: unknown): ToolCall {
  const isOffered = exchange.tools.some(({ name }) => name === mcpName(exchange, tool));
  const isScripted = !isOffered && exchange.tools.some(({ name }) => name === "exec");
  if (!isScripted) return offeredCall(exchange, mcpName(exchange, tool), input);
  const script = [
    `const { name } = ALL_TOOLS.find((one) => one.name.endsWith(${JSON.stringify(`_${tool}`)}));`,
    `text(JSON.stringify(await tools[name](${JSON.stringify(input)})));`,
  ];
  return offeredCall(exchange, "exec", script.join("\n"));
}

function offeredCall(exchange: Exchange, name: string, input: unknown): ToolCall {
  const tool = exchange.tools.find((offered) => offered.name === name);
  if (tool === undefined) {
    const names = exchange.tools.map((offered) => offered.name).join(" ");
    throw new Error(`mock model: the agent offers no tool ${name}, only ${names}`);
  }
  return { tool: name, space: tool.space, input };
}

function codexAct(step: BuiltIn, exchange: Exchange): Act {
  switch (step.verb) {
    case "shell": {
      // Inside the sandbox codex runs a command unasked; leaving it needs an approval.
      const escalated = {
        sandbox_permissions: "require_escalated",
        justification: "May I run this outside the sandbox?",
      };
      return codexInner(exchange, "exec_command", {
        cmd: step.command,
        ...(step.asks ? escalated : {}),
      });
    }
    case "write": {
      const added = step.text.split("\n").map((line) => `+${line}`);
      const patch = ["*** Begin Patch", `*** Add File: ${step.path}`, ...added, "*** End Patch"];
      return codexInner(exchange, "apply_patch", patch.join("\n"));
    }
    case "ask":
      return offeredCall(exchange, "request_user_input", {
        questions: [{ id: "choice", ...questionOf(step) }],
      });
    case "plan":
      return { said: `<proposed_plan>\n${step.text}\n</proposed_plan>` };
  }
}

/** Models of the newer kind reach most tools only from a script that they hand to `exec`. */
function codexInner(exchange: Exchange, tool: string, input: unknown): ToolCall {
  const scripted = exchange.tools.some((offered) => offered.name === "exec");
  if (!scripted) return offeredCall(exchange, tool, input);
  const script = `const result = await tools.${tool}(${JSON.stringify(input)});\ntext(result);`;
  return offeredCall(exchange, "exec", script);
}

function claudeAct(step: BuiltIn, exchange: Exchange): Act {
  switch (step.verb) {
    case "shell":
      return offeredCall(exchange, "Bash", {
        command: step.command,
        description: "Run a command",
      });
    case "write":
      return offeredCall(exchange, "Write", { file_path: step.path, content: step.text });
    case "ask":
      return offeredCall(exchange, "AskUserQuestion", {
        questions: [{ ...questionOf(step), multiSelect: false }],
      });
    case "plan":
      return offeredCall(exchange, "ExitPlanMode", { plan: step.text });
  }
}

function opencodeAct(step: BuiltIn, exchange: Exchange): Act {
  switch (step.verb) {
    case "shell":
      return offeredCall(exchange, "bash", {
        command: step.command,
        description: "Run a command",
      });
    case "write":
      return offeredCall(exchange, "write", { filePath: step.path, content: step.text });
    case "ask":
      return offeredCall(exchange, "question", { questions: [questionOf(step)] });
    case "plan":
      return offeredCall(exchange, "plan_exit", {});
  }
}

/** It speaks two protocols of others; by its tools it is told from them. */
function isCopilot({ tools }: Exchange): boolean {
  return tools.some(({ name }) => name === "view") && tools.some(({ name }) => name === "glob");
}

function copilotAct(step: BuiltIn, exchange: Exchange): Act {
  switch (step.verb) {
    case "shell":
      return offeredCall(exchange, "bash", {
        command: step.command,
        description: "Run a command",
      });
    case "write":
      return offeredCall(exchange, "create", { path: step.path, file_text: step.text });
    case "ask":
      return offeredCall(exchange, "ask_user", {
        message: step.question,
        requestedSchema: {
          type: "object",
          properties: { choice: { type: "string", enum: step.options } },
          required: ["choice"],
        },
      });
    case "plan":
      return offeredCall(exchange, "exit_plan_mode", { summary: step.text });
  }
}

function droidAct(step: BuiltIn, exchange: Exchange): Act {
  switch (step.verb) {
    case "shell":
      return offeredCall(exchange, "Execute", {
        command: step.command,
        riskLevel: "medium",
        riskLevelReason: "It changes a file.",
      });
    case "write":
      return offeredCall(exchange, "Create", { file_path: step.path, content: step.text });
    case "ask": {
      const options = step.options.map((label) => `[option] ${label}\n`).join("");
      return offeredCall(exchange, "AskUser", {
        questionnaire: `1. [question] ${step.question}\n[topic] Choice\n${options}`,
      });
    }
    case "plan":
      return offeredCall(exchange, "ExitSpecMode", { plan: step.text });
  }
}

function questionOf(step: Extract<BuiltIn, { verb: "ask" }>): object {
  return {
    header: "Choice",
    question: step.question,
    options: step.options.map((label) => ({ label, description: `Take ${label}.` })),
  };
}
