import { AgentpoolError } from "../../../domain/errors.ts";
import { operations } from "../../../operations/index.ts";
import { readInput } from "../io.ts";
import type { Output } from "../../../operations/task/add-many.ts";
import { taskTable } from "../../../operations/task/task-json.ts";
import { print } from "../output.ts";
import type { Values } from "../parse-values.ts";
import type { Shell } from "../shell.ts";

/** Adds the tasks of a file, or of standard input. @throws invalid_input beside flags of one task */
export async function addFromFile(shell: Shell, values: Values): Promise<number> {
  const operation = operations.find(({ name }) => name === "task.batch");
  if (!operation) throw new Error("no operation adds many tasks");
  const file = values["file"] as string;
  const beside = Object.keys(values).filter(
    (name) => name !== "file" && values[name] !== undefined,
  );
  if (beside.length > 0) {
    const names = beside.map((name) => name.replaceAll("_", "-")).join(" and ");
    throw new AgentpoolError("invalid_input", `--file and ${names} were given both`, {
      why: "The file says everything of each task.",
      hint: "agentpool task add --help",
    });
  }
  const input = file === "-" ? { text: readInput("The list of tasks") } : { file };
  const output = (await shell.ask(operation, input)) as Output;
  print(shell, output, () => taskTable(output.tasks, shell.style), "tasks.id");
  return 0;
}
