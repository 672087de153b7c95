/** Why a value is refused, and where below the key the fault is. */
export class WrongValue extends Error {
  readonly at: readonly (string | number)[];

  constructor(message: string, at: readonly (string | number)[] = []) {
    super(message);
    this.at = at;
  }
}
