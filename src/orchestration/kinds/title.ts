import { typable } from "../../domain/template.ts";

const longest = 80;

/** The first line with words of a text, as a title. */
export function shortTitle(text: string): string {
  const line = text.split("\n").find((one) => one.trim() !== "") ?? "";
  const words = Array.from(typable(line).trim().replaceAll(/\s+/g, " "));
  return words.length <= longest ? words.join("") : `${words.slice(0, longest - 3).join("")}...`;
}
