export class Composer {
  get empty(): boolean;
  get bytes(): string;
  get display(): string;
  addText(bytes: string): void;
  addPaste(bytes: string, placeholderAbove: number): void;
  addSoftNewline(): void;
  backspace(): void;
  take(): string;
}
