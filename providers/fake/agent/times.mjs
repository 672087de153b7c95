/**
 * Says each time whether a fault strikes: the first N times, or with a chance, and then never twice
 * in a row, so that whoever tries again the same way gets through.
 */
export class Times {
  #left;
  #percent;
  #random;
  #struck = false;

  /** `spec` is `{first}` or `{percent}`; `random()` gives numbers from 0 up to 1. */
  constructor({ first = 0, percent = 0 }, random) {
    this.#left = first;
    this.#percent = percent;
    this.#random = random;
  }

  strikes() {
    if (this.#left > 0) {
      this.#left -= 1;
      return true;
    }
    this.#struck = !this.#struck && this.#percent > 0 && this.#random() * 100 < this.#percent;
    return this.#struck;
  }
}
