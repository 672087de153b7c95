import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import type { TerminalPlace } from "../../domain/session.ts";
import type { DeliveryMark, PasteOptions, StepResult } from "../terminal.ts";
import { guardedStep, paneOf } from "./guard.ts";
import { pastePieces } from "./paste-pieces.ts";
import { literalInFormat, quote } from "./quote.ts";
import type { Ask } from "./server.ts";

export interface PasteStep extends PasteOptions {
  readonly epoch: number;
  /** Private folder for texts too long for a command line. */
  readonly folder: string;
}

/** Longer texts go through a file: a command line is parsed and copied several times. */
const longestInline = 16_384;
const fileName = /^paste-[0-9a-f]{12}$/;

/** Pastes and sets the mark in one guarded step; see TerminalHost.paste. */
export async function pasteText(
  ask: Ask,
  place: TerminalPlace,
  text: string,
  options: PasteStep,
): Promise<StepResult> {
  const { epoch, mark, onlyWhileVisible, limit } = options;
  const setMark = markCommand(place, mark);
  if (text === "") {
    return guardedStep(ask, place, { epoch, onlyWhileVisible, commands: [setMark] });
  }
  const buffer = `ap-${randomBytes(6).toString("hex")}`;
  const pieces = limit ? pastePieces(text, limit) : [text];
  // -p: bracketed where the program asked for it; tmux would put its brackets around all pieces
  const isOne = pieces.length === 1;
  const written = isOne ? text : pieces.map(bracketed).join("");
  // -r: newlines stay newlines; -d: no copy is left
  const paste = [
    `paste-buffer -d ${isOne ? "-p " : ""}-r -b ${buffer} -t ${paneOf(place)}`,
    setMark,
  ];
  if (isPlain(written)) {
    const commands = [`set-buffer -b ${buffer} -- ${quote(written)}`, ...paste];
    return guardedStep(ask, place, { epoch, onlyWhileVisible, commands });
  }
  await loadBuffer(ask, written, { buffer, folder: options.folder });
  return guardedStep(ask, place, {
    epoch,
    onlyWhileVisible,
    commands: paste,
    otherwise: [`delete-buffer -b ${buffer}`],
  });
}

/** What a terminal writes for one paste when the program asked for brackets around it. */
function bracketed(piece: string): string {
  return `\u001b[200~${piece}\u001b[201~`;
}

/** Before the guarded step and not in it: tmux reads files while it goes on with other things. */
async function loadBuffer(
  ask: Ask,
  text: string,
  options: { readonly buffer: string; readonly folder: string },
): Promise<void> {
  const file = join(options.folder, `paste-${randomBytes(6).toString("hex")}`);
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
    // the path is expanded as a format
    const path = quote(literalInFormat(file));
    const { error } = await ask([`load-buffer -b ${options.buffer} -- ${path}`]);
    if (error !== undefined) throw new Error(error);
  } catch (thrown) {
    if (thrown instanceof AgentpoolError) throw thrown;
    throw new AgentpoolError("terminal_failed", "The text could not be handed to tmux", {
      why: String(thrown),
      cause: thrown,
    });
  } finally {
    await rm(file, { force: true });
  }
}

export function markCommand(place: TerminalPlace, mark: DeliveryMark): string {
  const value = quote(`${mark.deliveryId} ${mark.stage}`);
  return `set-option -p -t ${paneOf(place)} @ap_delivery ${value}`;
}

export function readMark(value: string): DeliveryMark | undefined {
  const [deliveryId, stage] = value.split(" ");
  if (!deliveryId || (stage !== "pasted" && stage !== "submitted")) return undefined;
  return { deliveryId, stage };
}

/** Whether a name is that of a file that a killed process of ours left behind. */
export function isPasteFile(name: string): boolean {
  return fileName.test(name);
}

/** Short, and without a NUL, which a command line cannot carry. */
function isPlain(text: string): boolean {
  return text.length <= longestInline && !text.includes("\0");
}
