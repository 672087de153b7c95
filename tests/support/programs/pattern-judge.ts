import { isSlowPattern } from "../../../src/provider/slow-pattern.ts";

/** Judges a quick pattern that must be tried, again and again, and prints when it calls it slow. */
process.stdout.write("judging\n");
while (!isSlowPattern(/\S+ \S+ \S+$/));
process.stdout.write("slow\n");
