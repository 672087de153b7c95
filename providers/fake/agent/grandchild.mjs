/** Starts a process in a session of its own that ignores the usual signals; gives its pid. */
export async function spawnGrandchild() {
  const { spawn } = await import("node:child_process");
  const script = 'trap "" TERM HUP INT; while :; do sleep 1; done';
  const child = spawn("/bin/sh", ["-c", script], { detached: true, stdio: "ignore" });
  child.unref();
  return child.pid;
}
