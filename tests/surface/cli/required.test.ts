import { expect, test } from "vitest";
import { commands } from "../../../src/surface/cli/commands.ts";
import { localCommands } from "../../../src/surface/cli/local-commands.ts";
import type { Shell } from "../../../src/surface/cli/shell.ts";
import { putBuiltFields } from "../../support/built-fields.ts";

putBuiltFields();

const needy = localCommands.filter((one) => one.fields().some(({ required }) => required === true));

test.each(needy.map(({ words }) => words))(
  "%s asks for what it needs before it does anything",
  async (words) => {
    const command = commands.find((one) => one.words === words);
    await expect(async () => command?.run({} as Shell, {})).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:invalid_input|provider_required)$/),
    });
  },
);
