/** One field of a message: numbers as they are, texts and inner messages as their bytes. */
export type Value = bigint | Uint8Array;

/** Fields by number; of one that occurs twice the last counts, as the format has it. */
export type Message = ReadonlyMap<number, Value>;

/**
 * Reads a message without knowing its schema. What is cut or of no known kind ends the reading;
 * what came before it stays.
 */
export function decode(bytes: Uint8Array): Message {
  const fields = new Map<number, Value>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint | null => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined) return null;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return null;
  };
  const take = (length: number): Uint8Array | null => {
    if (at + length > bytes.length) return null;
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    if (key === null) break;
    const value = readValue(Number(key & 7n));
    if (value === null) break;
    fields.set(Number(key >> 3n), value);
  }
  return fields;

  function readValue(wire: number): Value | null {
    switch (wire) {
      case 0:
        return varint();
      case 1:
        return take(8) && view.getBigUint64(at - 8, true);
      case 2: {
        const length = varint();
        return length === null || length > BigInt(bytes.length) ? null : take(Number(length));
      }
      case 5:
        return take(4) && BigInt(view.getUint32(at - 4, true));
      default:
        return null;
    }
  }
}

export function messageAt(message: Message, field: number): Message {
  const value = message.get(field);
  return value instanceof Uint8Array ? decode(value) : new Map();
}

export function textAt(message: Message, field: number): string | null {
  const value = message.get(field);
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : null;
}

/** A whole number, negative ones in two's complement. */
export function numberAt(message: Message, field: number): number | null {
  const value = message.get(field);
  return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : null;
}

/** Writes texts and small numbers, which is all that is asked with. */
export function encode(fields: readonly (readonly [number, string | number])[]): Uint8Array {
  const bytes: number[] = [];
  const varint = (value: number): void => {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  };
  for (const [field, value] of fields) {
    varint(field * 8 + (typeof value === "string" ? 2 : 0));
    if (typeof value === "number") {
      varint(value);
      continue;
    }
    const text = new TextEncoder().encode(value);
    varint(text.length);
    bytes.push(...text);
  }
  return Uint8Array.from(bytes);
}
