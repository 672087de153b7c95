import type { Acceptance } from "../domain/delivery.ts";
import type { PromptKind } from "../domain/prompt.ts";
import type { Source } from "../domain/source.ts";
import { channelsOf } from "./channels.ts";
import type { AccountFacts, BinaryFacts, ProviderDefinition } from "./definition.ts";

/**
 * What can be said of a provider without asking its CLI. Plain JSON: the build writes those of the
 * providers we ship into one file, so that a list of them loads no definition.
 */
export interface StaticFacts {
  readonly id: string;
  readonly displayName: string;
  readonly vendor: string;
  readonly harness: string;
  /** Further names, presets among them. */
  readonly aliases: readonly string[];
  readonly verified: ProviderDefinition["verified"];
  readonly binary: Omit<BinaryFacts, "versionPattern"> & {
    readonly versionPattern: { readonly source: string; readonly flags: string };
  };
  readonly channels: readonly Source[];
  readonly acceptance: Acceptance;
  readonly options: {
    readonly model: boolean;
    readonly efforts: readonly string[];
    readonly serviceTier: boolean;
    readonly readOnly: boolean;
    readonly resume: boolean;
    readonly promptArgument: boolean;
  };
  /** Kinds of dialog that are answered through the agent's own channel, not by keys. */
  readonly answers: readonly PromptKind[];
  readonly account: AccountFacts | null;
  readonly usage: readonly {
    readonly id: string;
    readonly does: string;
    readonly hosts: readonly string[];
  }[];
}

export function staticFacts(definition: ProviderDefinition): StaticFacts {
  const { binary, options, hooks, api } = definition;
  const { versionPattern } = binary;
  return {
    id: definition.id,
    displayName: definition.displayName,
    vendor: definition.vendor,
    harness: definition.harness,
    aliases: [...(definition.aliases ?? []), ...Object.keys(definition.presets ?? {})],
    verified: definition.verified,
    binary: {
      candidates: binary.candidates,
      versionArgs: binary.versionArgs,
      versionPattern:
        typeof versionPattern === "string"
          ? { source: versionPattern, flags: "u" }
          : { source: versionPattern.source, flags: versionPattern.flags },
      tried: binary.tried,
      install: binary.install,
    },
    channels: channelsOf(definition),
    acceptance: definition.input.acceptance,
    options: {
      model: options.model,
      efforts: options.effort,
      serviceTier: options.serviceTier,
      readOnly: options.readOnly ?? false,
      resume: options.resume ?? false,
      promptArgument: options.promptArgument,
    },
    answers: [...new Set([...(hooks?.answers ?? []), ...(api?.answers ?? [])])],
    account: definition.account ?? null,
    usage: (definition.usage?.probes ?? []).map(({ id, does, hosts }) => ({ id, does, hosts })),
  };
}

/** The binary facts as a search for the program wants them. */
export function binaryOf({ id, binary }: StaticFacts): {
  readonly id: string;
  readonly binary: BinaryFacts;
} {
  const { source, flags } = binary.versionPattern;
  return { id, binary: { ...binary, versionPattern: new RegExp(source, flags) } };
}
