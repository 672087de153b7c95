export interface Persona {
  readonly about: string;
  /** Options it sets. */
  readonly knobs?: Readonly<Record<string, string>>;
}

export const personas: Readonly<Record<string, Persona>>;
export const misleadingProse: string;
