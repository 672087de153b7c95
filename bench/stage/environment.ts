/** What everything that is measured runs in: the same for the product and for its limit. */
export function plainEnvironment(more: Readonly<Record<string, string>> = {}): {
  [name: string]: string;
} {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: process.env["HOME"] ?? "/",
    LANG: "C.UTF-8",
    SHELL: "/bin/sh",
    TERM: "xterm-256color",
    ...more,
  };
}
