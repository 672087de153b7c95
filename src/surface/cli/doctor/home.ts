import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Home } from "../../../platform/home.ts";
import type { Check } from "./check.ts";

/** The folder itself: there or creatable, ours, closed to others. */
export function checkHome(home: Home): Check {
  const name = "home";
  const { root } = home;
  if (!existsSync(root)) {
    let parent = dirname(root);
    while (!existsSync(parent)) parent = dirname(parent);
    if (isWritable(parent)) {
      return { name, status: "ok", message: `${root}, made when it is needed` };
    }
    return {
      name,
      status: "fail",
      message: `${root} is not there and cannot be made: ${parent} is not writable`,
      repair: "export AGENTPOOL_HOME=/a/folder/of/yours",
    };
  }
  const stat = statSync(root);
  if (!stat.isDirectory()) {
    return {
      name,
      status: "fail",
      message: `${root} is no folder`,
      repair: `mv ${root} ${root}.moved`,
    };
  }
  const me = process.getuid?.();
  if (me !== undefined && stat.uid !== me) {
    return {
      name,
      status: "fail",
      message: `${root} belongs to user ${stat.uid}, not to you`,
      repair: `sudo chown -R ${me} ${root}`,
    };
  }
  if (!isWritable(root)) {
    return {
      name,
      status: "fail",
      message: `${root} is not writable`,
      repair: `chmod u+rwx ${root}`,
    };
  }
  if ((stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8);
    return {
      name,
      status: "warn",
      message: `${root} is open to other users (mode ${mode})`,
      repair: `chmod 700 ${root}`,
    };
  }
  return { name, status: "ok", message: root };
}

/** Socket addresses have room for about a hundred bytes. */
export function checkSocket(home: Home): Check {
  const path = home.supervisorSocket;
  const moved = path.startsWith(home.root) ? "" : " (the home's own path would be too long)";
  return { name: "socket", status: "ok", message: `${path}${moved}` };
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
