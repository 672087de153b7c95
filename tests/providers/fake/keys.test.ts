import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Composer } from "../../../providers/fake/agent/composer.mjs";
import { KeyReader, type InputEvent } from "../../../providers/fake/agent/keys.mjs";

const paste = (bytes: string): string => `\u001b[200~${bytes}\u001b[201~`;

function readAll(chunks: readonly string[]): InputEvent[] {
  const reader = new KeyReader();
  const events = [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.flush()];
  // text may come in as many pieces as there were chunks
  const joined: InputEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (event.kind === "text" && last?.kind === "text") {
      joined[joined.length - 1] = { kind: "text", bytes: last.bytes + event.bytes };
    } else {
      joined.push(event);
    }
  }
  return joined;
}

describe("what a terminal sends", () => {
  test("keys, text and pastes are told apart", () => {
    const input = `ab\r\n\u001b\r\u001b[A\u001b[13;2u\u0003\u007f${paste("x\u001b[Ay\r")}\u001b`;

    expect(readAll([input])).toEqual([
      { kind: "text", bytes: "ab" },
      { kind: "key", name: "enter" },
      { kind: "key", name: "newline" },
      { kind: "key", name: "newline" },
      { kind: "key", name: "up" },
      { kind: "key", name: "newline" },
      { kind: "key", name: "ctrl-c" },
      { kind: "key", name: "backspace" },
      { kind: "paste", bytes: "x\u001b[Ay\r" },
      { kind: "key", name: "escape" },
    ]);
  });

  test("the same events come whatever the chunks are", () => {
    const byte = fc.string({
      unit: fc.integer({ min: 32, max: 255 }).map((code) => String.fromCharCode(code)),
    });
    const piece = fc.oneof(
      byte,
      byte.map((bytes) => paste(bytes)),
      fc.constantFrom(
        "\r",
        "\u001b[A",
        "\u001b[201",
        paste("\u001b[201"),
        "\u001bOB",
        "\u0015",
        "\u001b[I",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(20)), (pieces, cuts) => {
        const input = pieces.join("");
        const chunks: string[] = [];
        let at = 0;
        for (const cut of cuts) chunks.push(input.slice(at, (at += cut)));
        chunks.push(input.slice(at));
        expect(readAll(chunks)).toEqual(readAll([input]));
      }),
    );
  });

  test("a paste of a million bytes in small chunks stays whole", () => {
    const bytes = "0123456789abcdef".repeat(65_536);
    const input = paste(bytes);
    const chunks = Array.from({ length: Math.ceil(input.length / 1024) }, (_, i) =>
      input.slice(i * 1024, (i + 1) * 1024),
    );

    expect(readAll(chunks)).toEqual([{ kind: "paste", bytes }]);
  });
});

describe("the input line", () => {
  test("gives exactly the bytes it was given", () => {
    const byte = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), byte)), (parts) => {
        const composer = new Composer();
        for (const [pasted, bytes] of parts) {
          if (pasted) composer.addPaste(bytes, 20);
          else if (bytes !== "") composer.addText(bytes);
        }
        expect(composer.take()).toBe(parts.map(([, bytes]) => bytes).join(""));
        expect(composer.empty).toBe(true);
      }),
    );
  });

  test("shows a long paste, and one of many lines, as a placeholder that goes as a whole", () => {
    const composer = new Composer();
    composer.addText("a ");
    composer.addPaste("x".repeat(21), 20);
    expect(composer.display).toBe("a [Pasted text: 21 bytes]");

    composer.backspace();
    composer.addPaste("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11", 1000);
    expect(composer.display).toBe("a [Pasted text: 23 bytes]");
  });

  test("a newline that Enter made at the end is no part of the prompt", () => {
    const composer = new Composer();
    composer.addText("one");
    composer.addSoftNewline();
    composer.addText("two\n");
    composer.addSoftNewline();

    expect(composer.take()).toBe("one\ntwo\n");
  });

  test("a character of several bytes goes as one", () => {
    const composer = new Composer();
    composer.addText(Buffer.from("aü€", "utf8").toString("latin1"));
    composer.backspace();
    composer.backspace();

    expect(composer.display).toBe("a");
  });
});
