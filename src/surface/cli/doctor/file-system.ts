import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Check } from "./check.ts";

/**
 * File systems where SQLite's locks or its shared memory do not hold, by the kernel's magic number
 * (linux/magic.h and the drivers' own sources).
 */
const unfit: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9p, shared with a virtual machine's host"],
  [0x6a656a63, "virtiofs, shared with a virtual machine's host"],
  [0x786f4256, "a VirtualBox shared folder"],
  [0xbacbacbc, "a VMware shared folder"],
  [0x7c7c6673, "a Parallels shared folder"],
  [0x5346414f, "AFS"],
  [0x00c36400, "CephFS"],
  [0x0bd00bd0, "Lustre"],
  [0x73757245, "Coda"],
]);
const fuse = 0x65735546;

/** Looks where the home lies, or would lie. */
export async function checkFileSystem(home: string, database: string): Promise<Check> {
  let folder = database;
  while (!existsSync(folder)) folder = dirname(folder);
  return judgeFileSystem((await statfs(folder)).type, process.platform, home);
}

/** @param type `f_type` of statfs(2) */
export function judgeFileSystem(type: number, platform: string, home: string): Check {
  const name = "file system";
  if (platform !== "linux") {
    return {
      name,
      status: "ok",
      message: "not examined on this system; keep the home on a local disk",
    };
  }
  const magic = type >>> 0;
  const kind = unfit.get(magic);
  if (kind !== undefined) {
    return {
      name,
      status: "fail",
      message: `${home} lies on ${kind}; SQLite's locks do not hold there`,
      repair: "Name a home on a local disk: export AGENTPOOL_HOME=/path/on/a/local/disk",
    };
  }
  if (magic === fuse) {
    return {
      name,
      status: "warn",
      message: `${home} lies on a FUSE file system; over a network SQLite's locks may not hold there`,
      repair: "Name a home on a local disk: export AGENTPOOL_HOME=/path/on/a/local/disk",
    };
  }
  return { name, status: "ok", message: "local" };
}
