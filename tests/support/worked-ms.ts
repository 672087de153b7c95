/**
 * How long this process worked for something, and not how long it waited for a processor: what a
 * thing costs is the same on a machine with more to do than it can.
 */
export function workedMs(work: () => void): number {
  const since = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}
