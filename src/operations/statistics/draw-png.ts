import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import { exec } from "../../platform/exec.ts";
import { isExecutable } from "../../platform/executable.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Programs that draw SVG, best first, and what they are called with. */
const renderers: readonly {
  readonly program: string;
  readonly args: (svg: string, png: string, size: Size) => readonly string[];
}[] = [
  { program: "resvg", args: (svg, png, { width }) => ["--width", String(width), svg, png] },
  {
    program: "rsvg-convert",
    args: (svg, png, { width, height }) => [
      "-w",
      String(width),
      "-h",
      String(height),
      "-o",
      png,
      svg,
    ],
  },
  {
    program: "inkscape",
    args: (svg, png, { width }) => [`--export-filename=${png}`, `--export-width=${width}`, svg],
  },
  { program: "magick", args: (svg, png) => [svg, png] },
  { program: "convert", args: (svg, png) => [svg, png] },
];

const withinMs = 30_000;
const pngBegin = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

/**
 * Has one of the renderers on a PATH draw a picture.
 * @throws renderer_missing where there is none; card_failed where each that there is failed
 */
export async function drawPng(
  svg: Buffer,
  size: Size,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
): Promise<Buffer> {
  const present = renderers.flatMap(({ program, args }) => {
    const file = find(program, path);
    return file === undefined ? [] : [{ program, file, args }];
  });
  if (present.length === 0) throw missing();
  const folder = mkdtempSync(join(tmpdir(), "agentpool-card-"));
  const [from, to] = [join(folder, "card.svg"), join(folder, "card.png")];
  const failures: string[] = [];
  try {
    writeFileSync(from, svg, { mode: 0o600 });
    for (const { program, file, args } of present) {
      try {
        const argv = [file, ...args(from, to, size)];
        const { exitCode, stderr } = await exec(argv, { timeoutMs: withinMs, cwd: folder, signal });
        const png = exitCode === 0 ? readFileSync(to) : undefined;
        if (png?.subarray(0, pngBegin.length).equals(pngBegin)) return png;
        failures.push(`${program}: ${stderr.trim().split("\n")[0] ?? ""}`);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        failures.push(`${program}: ${AgentpoolError.from(thrown).message}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  throw new AgentpoolError("card_failed", "No renderer could draw the card", {
    why: failures.join("; "),
    hint: "agentpool stats --share card.svg",
  });
}

/** The program on a PATH. */
function find(program: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder.startsWith("/"))
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function missing(): AgentpoolError {
  return new AgentpoolError("renderer_missing", "There is no program here that draws a PNG", {
    why: `Looked for ${renderers.map(({ program }) => program).join(", ")}.`,
    hint: "Install one (librsvg2-bin has rsvg-convert), or: agentpool stats --share card.svg",
  });
}
