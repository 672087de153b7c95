import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BareTmux } from "./bare-tmux.ts";
import { BenchHome, type HomeOptions } from "./home.ts";
import { copyProduct, type Product } from "./product.ts";

export interface BenchOptions {
  readonly root: string;
  readonly quick: boolean;
  /** The Node that the product and the reference programs of cold starts run on. */
  readonly node: string;
  readonly say: (progress: string) => void;
}

/**
 * What goals are measured with: a copy of the built product, homes of their own, bare tmux servers
 * to compare with. Everything that was opened is ended and removed by `close`.
 */
export class Bench {
  readonly root: string;
  readonly quick: boolean;
  readonly node: string;
  readonly product: Product;
  readonly say: (progress: string) => void;
  readonly #folder: string;
  readonly #open = new Set<AsyncDisposable>();
  #folders = 0;

  constructor(options: BenchOptions) {
    this.root = options.root;
    this.quick = options.quick;
    this.node = options.node;
    this.say = options.say;
    this.#folder = mkdtempSync(join(tmpdir(), "apb-"));
    this.product = copyProduct(options.root, join(this.#folder, "agentpool"));
  }

  /** How many samples, panes or rounds: the first for figures, the second for a quick look. */
  count(full: number, quick: number): number {
    return this.quick ? quick : full;
  }

  /** Of the Node that the product runs on. */
  get nodeMajor(): number {
    const said = execFileSync(this.node, ["--version"], { encoding: "utf8" });
    return Number(/^v(\d+)/.exec(said)?.[1]);
  }

  /** A file of bench/programs. */
  program(name: string): string {
    return join(this.root, "bench", "programs", name);
  }

  /** A path below a new folder, short enough for sockets. */
  newFolder(): string {
    return mkdtempSync(join(this.#folder, `${this.#folders++}-`));
  }

  /** A home with a supervisor that runs. */
  async openHome(options: HomeOptions = {}): Promise<BenchHome> {
    // kept before it is started, so that one which fails half-way is ended too
    const home = this.#keep(new BenchHome(this, options));
    await home.start();
    return home;
  }

  async openTmux(): Promise<BareTmux> {
    return this.#keep(await BareTmux.open(this.newFolder()));
  }

  /** Ends what a goal left open. */
  async sweep(): Promise<void> {
    for (const one of [...this.#open].toReversed()) await one[Symbol.asyncDispose]();
    this.#open.clear();
  }

  async close(): Promise<void> {
    await this.sweep();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #keep<T extends AsyncDisposable>(one: T): T {
    this.#open.add(one);
    return one;
  }
}
