import { exec } from "../../platform/exec.ts";
import type { Machine } from "../machine.ts";
import * as files from "./files.ts";
import { freePort, requestLoopback, streamLoopback } from "./loopback.ts";
import { openFilesOf } from "./open-files.ts";
import { writePipe } from "./pipe.ts";
import {
  ancestorsOf,
  findProcess,
  markedProcesses,
  processTree,
  signalProcess,
} from "./processes.ts";
import { watchPath } from "./watch.ts";

/**
 * The machine agentpool itself runs on.
 * @param run how programs are run, where not by this process itself
 */
export function createLocalMachine(run: typeof exec = exec): Machine {
  return {
    kind: "local",
    exec: run,
    read: files.read,
    stat: files.stat,
    realPath: files.realPath,
    list: files.list,
    write: files.write,
    makeFolder: files.makeFolder,
    remove: files.remove,
    watch: watchPath,
    writePipe,
    process: findProcess,
    ancestors: ancestorsOf,
    processTree,
    marked: markedProcesses,
    openFiles: openFilesOf,
    signal: signalProcess,
    http: requestLoopback,
    httpEvents: streamLoopback,
    freePort,
  };
}
