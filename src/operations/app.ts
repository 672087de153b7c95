export interface App {
  readonly todo?: never;
}
