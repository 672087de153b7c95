/** Random numbers from 0 to 1 that are the same for the same seed. */
export { seededRandom } from "../../src/detection/random.ts";
