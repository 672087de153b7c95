import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { repository } from "./built.ts";
import { tempFolder } from "./temp-folder.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * A registry on the loopback that serves a tarball of ours and what it depends on, as it is installed
 * here; whatever else is asked for is not there. Gives its address.
 */
export async function packageRegistry(tarball: string): Promise<string> {
  const folder = tempFolder();
  const tarballs = new Map<string, string>();
  const manifests = new Map<string, Manifest>();
  const own = readManifest(repository);
  manifests.set(own.name, own);
  tarballs.set(own.name, tarball);
  const add = (name: string): void => {
    const source = join(repository, "node_modules", name);
    if (manifests.has(name) || !existsSync(source)) return;
    const manifest = readManifest(source);
    manifests.set(name, manifest);
    const file = join(folder, `${name.replaceAll(/\W/g, "-")}.tgz`);
    const folders = ["--exclude=node_modules", "--transform=s,^\\.,package,"];
    spawnSync("tar", ["czf", file, "-C", source, ...folders, "."]);
    tarballs.set(name, file);
    Object.keys(manifest.dependencies ?? {}).forEach(add);
  };
  Object.keys(own.dependencies ?? {}).forEach(add);

  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const file = path.startsWith("-/") ? tarballs.get(path.slice(2)) : undefined;
    const manifest = manifests.get(path);
    if (file !== undefined) response.end(readFileSync(file));
    else if (manifest) {
      const { version } = manifest;
      const dist = { tarball: `${address()}/-/${encodeURIComponent(path)}` };
      const versions = { [version]: { ...manifest, dist } };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ name: path, "dist-tags": { latest: version }, versions }));
    } else response.writeHead(404).end("{}");
  });
  const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return address();
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
