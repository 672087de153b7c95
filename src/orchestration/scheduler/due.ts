/** The earliest of moments, some of which never come. */
export class Due {
  first: number | null = null;

  at(moment: number | null): void {
    if (moment === null) return;
    this.first = this.first === null ? moment : Math.min(this.first, moment);
  }
}
