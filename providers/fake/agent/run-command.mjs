/** Runs a shell command and gives its exit code and all it printed, cut to 20 lines. */
export async function runCommand(command, folder) {
  const { spawn } = await import("node:child_process");
  const child = spawn("/bin/sh", ["-c", command], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = [];
  child.stdout.on("data", (chunk) => printed.push(chunk));
  child.stderr.on("data", (chunk) => printed.push(chunk));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code) => {
      const lines = Buffer.concat(printed).toString("utf8").trim().split("\n");
      resolve({ code: code ?? 1, output: lines.slice(-20).join("\n") });
    });
  });
}
