import { wrongConfig, type ConfigDocument } from "./document.ts";
import { readYaml } from "./yaml-text.ts";

/** @throws invalid_config with file and line */
export function parseSettings(text: string, file: string): ConfigDocument {
  const { value, lineOf, faults } = readYaml(text);
  const [fault] = faults;
  if (fault) throw wrongConfig(file, fault.line, fault.message);
  const values = value ?? {};
  if (typeof values !== "object" || Array.isArray(values)) {
    throw wrongConfig(file, 1, "the file holds no settings");
  }
  return { file, values: values as Record<string, unknown>, lineOf };
}
