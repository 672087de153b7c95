import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { capturePane } from "../../../detection/capture.ts";
import { formatRecording } from "../../../detection/recording.ts";
import { AgentpoolError } from "../../../domain/errors.ts";
import { show } from "../../../operations/session/show.ts";
import { print } from "../output.ts";
import { writeOutput } from "../write-output.ts";
import type { Values } from "../parse-values.ts";
import type { Shell } from "../shell.ts";

/** Records a session's pane into a file of the form the corpus has. */
export async function providerCapture(shell: Shell, values: Values): Promise<number> {
  const file = resolve(shell.cwd, String(values["output"]));
  if (existsSync(file)) {
    throw new AgentpoolError("invalid_input", `--output: ${file} exists`, {
      why: "A recording overwrites nothing.",
      hint: "Name another file, or remove it.",
    });
  }
  const { session } = (await shell.ask(show, { session_id: values["session_id"] })) as {
    readonly session: {
      readonly id: string;
      readonly provider_id: string;
      readonly provider_version: string | null;
      readonly ended_at: string | null;
    };
  };
  if (session.ended_at !== null) {
    throw new AgentpoolError("session_ended", `Session ${session.id} is over`, {
      why: "Its pane writes nothing any more.",
      hint: `agentpool transcript ${session.id}`,
    });
  }
  // a minute is not spent on what cannot be kept
  writeOutput(file, Buffer.alloc(0));
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  const recording = await capturePane({
    home: shell.home,
    sessionId: session.id,
    provider: session.provider_id,
    version: session.provider_version,
    seconds: (values["seconds"] as number | undefined) ?? 10,
    signal: stop.signal,
  });
  const text = formatRecording(recording);
  writeOutput(file, file.endsWith(".gz") ? gzipSync(text) : Buffer.from(text));
  const { provider, version, cols, rows, date, events } = recording;
  const output = {
    file,
    session_id: session.id,
    provider,
    version,
    cols,
    rows,
    date,
    seconds: (events.at(-1)?.atMs ?? 0) / 1000,
    pieces: events.length,
  };
  print(
    shell,
    output,
    () =>
      `${file}\n${provider} ${version ?? "of unknown version"}, ${cols}x${rows}, ${events.length} pieces\n` +
      "Secrets that were recognised are masked; look through it before you hand it on.",
  );
  return 0;
}
