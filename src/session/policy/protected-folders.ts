import { join } from "node:path";
import type { ProtectedFolder } from "../../domain/folder-rules.ts";
import type { Home } from "../../platform/home.ts";

const system = [
  "/bin",
  "/boot",
  "/dev",
  "/etc",
  "/lib",
  "/lib32",
  "/lib64",
  "/proc",
  "/sbin",
  "/sys",
  "/usr/bin",
  "/usr/lib",
  "/usr/libexec",
  "/usr/sbin",
  "/usr/share",
  "/Library",
  "/System",
];
/** What lies in these belongs to many; only the folder itself is the system's. */
const roots = ["/", "/home", "/root", "/run", "/usr", "/Users", "/var"];
const credentials = [
  ".ssh",
  ".gnupg",
  ".aws",
  ".azure",
  ".kube",
  ".docker",
  ".password-store",
  ".config/gcloud",
  ".config/gh",
  ".local/share/keyrings",
  "Library/Keychains",
];

/** Where no agent works unless somebody says so. Not canonical yet. */
export function protectedFolders(
  home: Pick<Home, "root">,
  personHomes: readonly (string | undefined)[],
  accountFolder: string | null,
): ProtectedFolder[] {
  const persons = personHomes.filter((one): one is string => one !== undefined && one !== "");
  return [
    ...system.map((path) => ({ path, what: "files of the system" })),
    ...roots
      .filter((path) => !persons.includes(path))
      .map((path) => ({ path, what: "the whole system or several people's work", only: true })),
    ...persons.flatMap((person) =>
      credentials.map((name) => ({ path: join(person, name), what: "credentials" })),
    ),
    ...(accountFolder === null
      ? []
      : [{ path: accountFolder, what: "the agent CLI's own settings and sign-in" }]),
    { path: home.root, what: "what agentpool keeps" },
  ];
}
