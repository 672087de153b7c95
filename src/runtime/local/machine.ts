import { exec } from "../../platform/exec.ts";
import type { Machine } from "../machine.ts";
import * as files from "./files.ts";
import { freePort, requestLoopback, streamLoopback } from "./loopback.ts";
import { openFilesOf } from "./open-files.ts";
import { writePipe } from "./pipe.ts";
import { ancestorsOf, findProcess, processTree, signalProcess } from "./processes.ts";
import { watchPath } from "./watch.ts";

/** The machine agentpool itself runs on. */
export function createLocalMachine(): Machine {
  return {
    kind: "local",
    exec,
    read: files.read,
    stat: files.stat,
    list: files.list,
    write: files.write,
    makeFolder: files.makeFolder,
    remove: files.remove,
    watch: watchPath,
    writePipe,
    process: findProcess,
    ancestors: ancestorsOf,
    processTree,
    openFiles: openFilesOf,
    signal: signalProcess,
    http: requestLoopback,
    httpEvents: streamLoopback,
    freePort,
  };
}
