// Adds to package-lock.json the optional packages for other platforms that the registry it was
// written with does not carry; `npm ci` refuses a lock file without them, on every platform. Run
// after each change of dependencies. The entries have no hash: none could be seen.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const systems = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const processors = [
  "arm64",
  "arm",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "riscv64",
  "s390x",
  "x64",
];

let added = 0;
for (const { optionalDependencies = {} } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (lock.packages[`node_modules/${name}`]) continue;
    const words = name.split("/").at(-1).split("-");
    const os = systems.find((one) => words.includes(one));
    const cpu = processors.find((one) => words.includes(one));
    if (os === undefined || cpu === undefined || !/^\d/.test(version)) {
      throw new Error(`${name} ${version} does not look like a package for one platform`);
    }
    const libc = words.at(-1) === "musl" ? "musl" : words.at(-1) === "gnu" ? "glibc" : undefined;
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      dev: true,
      ...(libc === undefined ? {} : { libc: [libc] }),
      optional: true,
      os: [os],
    };
    added += 1;
  }
}
const [own, ...others] = Object.keys(lock.packages);
const order = [own, ...others.toSorted((a, b) => a.localeCompare(b, "en"))];
lock.packages = Object.fromEntries(order.map((name) => [name, lock.packages[name]]));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} added`);
