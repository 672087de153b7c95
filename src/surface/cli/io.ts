import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { AgentpoolError } from "../../domain/errors.ts";
import { decodeText } from "./utf8.ts";

/** Standard input holds at most this much; a task is refused at 1 MB anyway. */
const maxInputBytes = 8 * 1024 * 1024;

const stdoutFd = 1;
const stderrFd = 2;

/**
 * Writes to standard output, whole, before it returns. Written by descriptor: creating
 * `process.stdout` costs a command 2 ms. A reader that went away (`agentpool sessions | head -1`)
 * ends the command quietly with 0: it has seen all it wanted.
 */
export function writeOut(text: string): void {
  write(stdoutFd, text);
}

export function writeErr(text: string): void {
  write(stderrFd, text);
}

function write(fd: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  for (let sent = 0; sent < bytes.length;) {
    try {
      sent += writeSync(fd, bytes, sent);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      // somebody who shares the pipe made it non-blocking: wait until it has room
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      else if (code === "EPIPE") process.exit(0);
      else throw unwritable(fd, thrown);
    }
  }
}

function unwritable(fd: number, thrown: unknown): AgentpoolError {
  const { code, message } = thrown as NodeJS.ErrnoException;
  const what = `Standard ${fd === stdoutFd ? "output" : "error"} cannot be written`;
  return new AgentpoolError(code === "ENOSPC" ? "disk_full" : "invalid_input", what, {
    why: message,
    cause: thrown,
  });
}

export function isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean {
  const fd = { stdin: 0, stdout: stdoutFd, stderr: stderrFd }[stream];
  try {
    // pipes and files are told apart without node:tty, which costs a command 3 ms; as big integers,
    // since Node below 24 resolves no symbolic links to modules after a plain look at a pipe
    const { rdev } = fstatSync(fd, { bigint: true });
    return rdev !== 0n && rdev !== linuxDevNull && isatty(fd);
  } catch {
    return false; // it is closed
  }
}

const linuxDevNull = (1n << 8n) | 3n;

/** Columns of the terminal, undefined where standard output is none. */
export function columns(): number | undefined {
  return isTerminal("stdout") ? process.stdout.columns || 80 : undefined;
}

/** Lines of the terminal that standard output is. */
export function rows(): number {
  // a terminal that nobody told its size has 0
  return process.stdout.rows || 24;
}

/** The whole of standard input as text. @throws invalid_input, text_too_large */
export function readInput(what: string): string {
  return decodeText(readAll(0), what);
}

/** A file as text, byte for byte. @throws invalid_input, text_too_large */
export function readTextFile(path: string, flag: string): string {
  let fd: number;
  try {
    // a pipe that nobody writes into would keep us at its door for ever
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    throw new AgentpoolError("invalid_input", `${flag}: ${path} cannot be read`, {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      cause: thrown,
    });
  }
  try {
    if (fstatSync(fd).isDirectory()) {
      throw new AgentpoolError("invalid_input", `${flag}: ${path} is a folder`);
    }
    const bytes = readAll(fd);
    if (bytes.length === 0 && fstatSync(fd).isFIFO()) {
      throw new AgentpoolError("invalid_input", `${flag}: nobody writes into the pipe ${path}`);
    }
    return decodeText(bytes, `${flag} ${path}`);
  } finally {
    closeSync(fd);
  }
}

function readAll(fd: number): Buffer {
  const chunks: Buffer[] = [];
  for (let size = 0; ;) {
    const chunk = Buffer.allocUnsafe(64 * 1024);
    let length: number;
    try {
      length = readSync(fd, chunk);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === "EOF") length = 0;
      else if (code === "EAGAIN") {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        continue;
      } else throw thrown;
    }
    if (length === 0) return Buffer.concat(chunks);
    size += length;
    if (size > maxInputBytes) {
      throw new AgentpoolError("text_too_large", `The text has more than ${maxInputBytes} bytes`, {
        why: "At most 1 MB can be delivered.",
      });
    }
    chunks.push(chunk.subarray(0, length));
  }
}
