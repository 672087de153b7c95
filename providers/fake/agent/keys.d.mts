export type InputEvent =
  | { readonly kind: "text" | "paste"; readonly bytes: string }
  | { readonly kind: "key"; readonly name: string };

export class KeyReader {
  get pending(): boolean;
  push(chunk: string): InputEvent[];
  flush(): InputEvent[];
}
