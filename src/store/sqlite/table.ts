import { AgentpoolError } from "../../domain/errors.ts";
import type { Row, Value } from "./connection.ts";

/** How a field lies in its column; `json` takes objects and lists. All may be null. */
type ColumnKind = "text" | "number" | "boolean" | "json";

type KindOf<T> = [NonNullable<T>] extends [string]
  ? "text"
  : [NonNullable<T>] extends [number]
    ? "number"
    : [NonNullable<T>] extends [boolean]
      ? "boolean"
      : "json";

/** One entry for every field of a record: a field without a column does not compile. */
type Columns<R> = { readonly [Field in keyof R]-?: KindOf<R[Field]> };

interface Column {
  readonly field: string;
  /** Quoted. */
  readonly column: string;
  readonly key: string;
  readonly kind: ColumnKind;
}

/** The one place that knows how the records of a noun lie in their table. */
export class Table<R extends object> {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly #byField: ReadonlyMap<string, Column>;
  readonly insertSql: string;
  /** Takes the place of the record with this id, if there is one. */
  readonly putSql: string;

  constructor(name: string, columns: Columns<R>) {
    this.name = name;
    this.columns = Object.entries<ColumnKind>(columns).map(([field, kind]) => {
      const key = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return { field, key, kind, column: `"${key}"` };
    });
    this.#byField = new Map(this.columns.map((column) => [column.field, column]));
    const names = this.columns.map((column) => column.column).join(", ");
    const places = this.columns.map(() => "?").join(", ");
    this.insertSql = `INSERT INTO ${name} (${names}) VALUES (${places})`;
    const sets = this.columns.map(({ column }) => `${column} = excluded.${column}`).join(", ");
    this.putSql = `${this.insertSql} ON CONFLICT ("id") DO UPDATE SET ${sets}`;
  }

  /** The values of a whole record, for `insertSql` and `putSql`. */
  encode(record: R): Value[] {
    for (const field in record) this.#column(field);
    const fields = record as Readonly<Record<string, unknown>>;
    return this.columns.map((column) => encodeValue(column.kind, fields[column.field]));
  }

  decode(row: Row): R {
    const record: Record<string, unknown> = {};
    for (const { field, key, kind } of this.columns) {
      // a store written by an older version may lack a column that was added since
      record[field] = decodeValue(kind, row[key] ?? null);
    }
    return record as R;
  }

  /** `UPDATE` of these fields alone, by id, and its values in order. */
  update(id: string, fields: Partial<R>): { readonly sql: string; readonly values: Value[] } {
    const named = Object.entries(fields).map(([field, value]) => ({
      column: this.#column(field),
      value,
    }));
    const sets = named.map(({ column }) => `${column.column} = ?`).join(", ");
    return {
      sql: `UPDATE ${this.name} SET ${sets} WHERE "id" = ?`,
      values: [
        ...named.map(({ column, value }) => encodeValue(column.kind, value)),
        encodeText(id),
      ],
    };
  }

  /** `SELECT` of these fields alone, by id; `decodeField` reads what it gives. */
  selectFields(fields: readonly string[]): string {
    const names = fields.map((field) => this.#column(field).column).join(", ");
    return `SELECT ${names === "" ? "1" : names} FROM ${this.name} WHERE "id" = ?`;
  }

  decodeField(row: Row, field: string): unknown {
    const column = this.#column(field);
    return decodeValue(column.kind, row[column.key] ?? null);
  }

  #column(field: string): Column {
    const column = this.#byField.get(field);
    if (column) return column;
    throw new AgentpoolError("internal", `The store has no column for ${this.name}.${field}`);
  }
}

/**
 * A text as SQLite can hold it. Two things do not survive the way through a driver: halves of
 * surrogate pairs become U+FFFD, and Node 22's own driver cuts a text at its first NUL. Such rare
 * texts are kept as JSON behind a mark, so that every string comes back as it was.
 */
export function encodeText(text: string): string {
  const odd = text.startsWith(mark) || text.includes("\0") || /\p{Surrogate}/u.test(text);
  return odd ? mark + JSON.stringify(text) : text;
}

const mark = "\u0001";

export function decodeText(text: string): string {
  return text.startsWith(mark) ? (JSON.parse(text.slice(mark.length)) as string) : text;
}

function encodeValue(kind: ColumnKind, value: unknown): Value {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case "text":
      return encodeText(value as string);
    case "number":
      return value as number;
    case "boolean":
      return value === true ? 1 : 0;
    case "json":
      return JSON.stringify(value);
  }
}

function decodeValue(kind: ColumnKind, value: Value): unknown {
  if (value === null) return null;
  switch (kind) {
    case "text":
      return decodeText(value as string);
    case "number":
      return value;
    case "boolean":
      return value !== 0;
    case "json":
      return JSON.parse(value as string);
  }
}
