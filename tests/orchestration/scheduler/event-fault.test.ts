// needs: tmux
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { RunView } from "../../../src/operations/run/run-json.ts";
import { outcomeText } from "../../../src/operations/run/run-text.ts";
import { createStyle } from "../../../src/surface/cli/style.ts";
import { openHome, readRecord, type TestHome } from "../../support/home.ts";
import { runOver, startPool } from "../../support/orchestration/pool-run.ts";
import { waitFor } from "../../support/wait.ts";

const style = createStyle(false, undefined);

function viewWithFault(home: TestHome, runId: string): Promise<RunView> {
  return waitFor(async () => {
    const view = await home.ask<RunView>("run.show", { run_id: runId });
    return view.on_event_fault === null ? undefined : view;
  });
}

test("a command for events that fails is told with the run, without what it says of addresses, until it is told all", async () => {
  const home = await openHome();
  const [gate, file] = [join(home.folder, "gate"), join(home.folder, "told")];
  writeFileSync(gate, "");
  const run = await startPool(home, ["!fake sleep 600"], {
    onEvent: `if [ -e ${gate} ]; then echo "no way to https://hooks.example/T0/secret-path" >&2; exit 3; fi; cat >> ${file}`,
  });

  const view = await viewWithFault(home, run.id);

  expect(view.on_event_fault).toEqual({
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    host: null,
    status: null,
    exit_code: 3,
    said: "no way to hooks.example/...",
  });
  const line =
    /--on-event fails with 3 since .*, and events are not told: no way to hooks\.example/;
  expect(outcomeText(view, style)).toMatch(line);
  const { markdown } = await home.ask<{ markdown: string }>("run.report", { run_id: run.id });
  expect(markdown).toMatch(line);

  rmSync(gate);
  await home.ask("run.cancel", { run_id: run.id });
  await waitFor(() => readRecord(file).some(({ type }) => type === "run_ended"));
  const told = await waitFor(async () => {
    const found = await home.ask<RunView>("run.show", { run_id: run.id });
    return found.on_event_fault === null ? found : undefined;
  });
  expect(outcomeText(told, style)).not.toContain("--on-event");
});

test("of an address that refuses events only the host is told", async () => {
  const server = createServer((_, response) => response.writeHead(503).end("not now"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const home = await openHome();
  const run = await startPool(home, ["!fake say one"], { onEvent: `http://${host}/hook/secret` });
  await runOver(home, run.id);

  const view = await viewWithFault(home, run.id);

  expect(view.on_event_fault).toMatchObject({ host, status: 503, exit_code: null, said: null });
  expect(outcomeText(view, style)).toContain(`--on-event to ${host} fails with 503`);
  const { markdown } = await home.ask<{ markdown: string }>("run.report", { run_id: run.id });
  expect(JSON.stringify(view) + markdown).not.toContain("secret");
});

test("events are told in a home whose older ones retention has removed", async () => {
  const home = await openHome();
  const file = join(home.folder, "told");
  const before = await startPool(home, ["!fake say one"]);
  await runOver(home, before.id);
  await home.app.store.prune({ eventsMs: 0, observationsPerSession: 9 }, Number.MAX_SAFE_INTEGER);

  const run = await startPool(home, ["!fake say two"], { onEvent: `cat >> ${file}` });

  await waitFor(() => readRecord(file).some(({ type }) => type === "run_ended"));
  expect(readRecord(file)[0]).toMatchObject({ type: "run_started", run_id: run.id });
});
