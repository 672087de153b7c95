import { AgentpoolError } from "../../domain/errors.ts";
import type { RunView } from "./follow-run.ts";
import { Task, taskSpec, type TaskOptions } from "./task.ts";

export interface TeamTaskOptions extends Omit<TaskOptions, "prompt"> {
  /** Keys of tasks, as `add` gave them, that must be completed before. */
  readonly dependsOn?: readonly string[] | undefined;
}

/**
 * The tasks of a team. They are gathered here and become the run's own when it begins: from then on
 * they are on the store's board, under these keys, and its agents claim and complete them there.
 */
export class TeamBoard {
  readonly #tasks: { readonly task: Task; readonly dependsOn: readonly string[] }[] = [];
  #view: (() => Promise<RunView>) | undefined;

  /** @returns the key of the task in its run; `dependsOn` takes it, and so does `agentpool run retry --task` */
  add(description: string, options: TeamTaskOptions = {}): string {
    if (this.#view) {
      throw new AgentpoolError("conflict", "The team works already, on the tasks it was given", {
        why: "What is added now would belong to no run.",
        hint: "Add tasks before runTeam; a lead adds more by add_task.",
      });
    }
    const { dependsOn = [], ...given } = options;
    const key = keyOf(this.#tasks.length);
    const unknown = dependsOn.find((one) => !this.keys.includes(one));
    if (unknown !== undefined) {
      throw new AgentpoolError(
        "dependency_unknown",
        `No task of this team has the key "${unknown}"`,
        {
          why: this.size === 0 ? "There is none yet." : `There are ${this.keys.join(", ")}.`,
          hint: "Use what add and addTasks returned.",
        },
      );
    }
    this.#tasks.push({ task: new Task({ ...given, prompt: description }), dependsOn });
    return key;
  }

  get size(): number {
    return this.#tasks.length;
  }

  get keys(): readonly string[] {
    return this.#tasks.map((_, index) => keyOf(index));
  }

  /** How far each task is; before the team begins every one is `pending` or `blocked`. */
  async status(): Promise<
    readonly { readonly key: string; readonly state: string; readonly title: string }[]
  > {
    if (!this.#view) {
      return this.#tasks.map(({ task, dependsOn }, index) => ({
        key: keyOf(index),
        state: dependsOn.length > 0 ? "blocked" : "pending",
        title: task.options.title ?? task.prompt,
      }));
    }
    const { tasks } = await this.#view();
    return tasks.map(({ id, key, state, title }) => ({ key: key ?? id, state, title }));
  }

  /** The tasks in the words of a run file. */
  spec(cwd: string): Record<string, unknown>[] {
    return this.#tasks.map(({ task, dependsOn }) => ({
      ...taskSpec(task, cwd),
      ...(dependsOn.length === 0
        ? {}
        : { depends_on: dependsOn.map((key) => this.keys.indexOf(key) + 1) }),
    }));
  }

  /** From now on what the run says holds. */
  begun(view: () => Promise<RunView>): void {
    this.#view = view;
  }
}

/** As the run calls the nth of its listed tasks. */
function keyOf(index: number): string {
  return `task-${String(index + 1).padStart(4, "0")}`;
}
