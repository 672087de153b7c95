/**
 * The terminal as it is drawn on: either the alternate screen, of which only changed rows are
 * written, or inline, where the conversation goes into the scrollback and the bottom is redrawn.
 */
export class Terminal {
  #alternate;
  #flicker;
  #focus;
  #rows = [];
  /** Inline: rows of the bottom on screen, and the one the cursor stands in. */
  #bottom = { size: 0, cursorRow: 0 };
  #entriesShown = 0;
  #title = null;
  #entered = false;
  #blank = null;

  constructor({ alternate, flicker, focus }) {
    this.#alternate = alternate;
    this.#flicker = flicker;
    this.#focus = focus;
  }

  get columns() {
    return process.stdout.columns || 80;
  }

  get rows() {
    return process.stdout.rows || 24;
  }

  /** The alternate screen, before anything is drawn. */
  enter() {
    this.#entered = true;
    if (this.#alternate) this.#write("\x1b[?1049h\x1b[H\x1b[2J");
  }

  /** From now on pastes come in brackets. */
  takeInput() {
    this.#write(`\x1b[?2004h${this.#focus ? "\x1b[?1004h" : ""}`);
  }

  leave(lastWords) {
    if (!this.#entered) return;
    this.#entered = false;
    clearTimeout(this.#blank);
    if (this.#alternate) this.#write("\x1b[?1049l");
    else this.#write(`${this.#below()}\r\n`);
    this.#write(`\x1b[?2004l\x1b[?1004l\x1b[?25h\x1b[0m${lastWords}\r\n`);
  }

  title(text) {
    if (text === this.#title) return;
    this.#title = text;
    this.#write(`\x1b]0;${text}\x07`);
  }

  bell() {
    this.#write("\x07");
  }

  /** Forgets what is on screen; the next frame is written as a whole. */
  forget() {
    this.#rows = [];
    if (this.#alternate) return;
    this.#write("\x1b[H\x1b[2J");
    this.#bottom = { size: 0, cursorRow: 0 };
  }

  /** `bottom` is `{lines, cursor}`: what stands below the conversation. */
  paint(conversation, bottom) {
    if (!this.#entered) return;
    const draw = () =>
      this.#alternate ? this.#paintRows(conversation, bottom) : this.#append(conversation, bottom);
    if (!this.#flicker || !this.#alternate) {
      draw();
      return;
    }
    this.#write("\x1b[2J");
    this.#rows = [];
    clearTimeout(this.#blank);
    this.#blank = setTimeout(draw, 40);
  }

  #paintRows(conversation, { lines: bottom, cursor }) {
    const { rows } = this;
    const shownBottom = bottom.slice(-rows);
    const room = rows - shownBottom.length;
    const above = conversation.lastLines(room, this.columns);
    const frame = [...above, ...Array(room - above.length).fill(""), ...shownBottom];
    let output = "";
    frame.forEach((line, row) => {
      if (this.#rows[row] !== line) output += `\x1b[${row + 1};1H${line}\x1b[K`;
    });
    this.#rows = frame;
    const cut = bottom.length - shownBottom.length;
    output += cursor
      ? `\x1b[${room + cursor.row - cut + 1};${cursor.column + 1}H\x1b[?25h`
      : "\x1b[?25l";
    this.#write(output);
  }

  #append(conversation, { lines, cursor }) {
    const fresh = conversation.linesSince(this.#entriesShown, this.columns);
    this.#entriesShown = conversation.count;
    const bottom = lines.slice(-this.rows + 1);
    const back = this.#bottom.size === 0 ? "" : `\r${up(this.#bottom.cursorRow)}`;
    const row = cursor ? cursor.row - (lines.length - bottom.length) : bottom.length - 1;
    this.#write(
      [
        `${back}\x1b[J`,
        ...fresh.map((line) => `${line}\r\n`),
        bottom.join("\r\n"),
        `\r${up(bottom.length - 1 - row)}`,
        cursor ? `\x1b[${cursor.column + 1}G\x1b[?25h` : "\x1b[?25l",
      ].join(""),
    );
    this.#bottom = { size: bottom.length, cursorRow: row };
  }

  #below() {
    const { size, cursorRow } = this.#bottom;
    const down = size - 1 - cursorRow;
    return down > 0 ? `\x1b[${down}B` : "";
  }

  #write(text) {
    try {
      process.stdout.write(text);
    } catch {
      // the terminal went away; a hang-up tells us so
    }
  }
}

function up(rows) {
  return rows > 0 ? `\x1b[${rows}A` : "";
}
