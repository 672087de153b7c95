import { userInfo } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homeFrom } from "../../src/platform/home.ts";

test.each(["", "relative", "./here"])(
  "without a usable HOME (%j) the home is the user's own, never below the work folder",
  (HOME) => {
    expect(homeFrom({ HOME }).root).toBe(join(userInfo().homedir, ".agentpool"));
  },
);

test.each(["/proc/x", "/sys", "/proc"])("%s is refused at once", (AGENTPOOL_HOME) => {
  expect(() => homeFrom({ AGENTPOOL_HOME })).toThrow(
    expect.objectContaining({ code: "invalid_config" }),
  );
});
