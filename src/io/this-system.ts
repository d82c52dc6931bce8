/** What Nix calls the machine that this runs on. */

const processors: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', arm: 'armv7l', ia32: 'i686' }

/** `x86_64-linux`, `aarch64-darwin`. */
export function thisSystem(): string {
  return `${processors[process.arch] ?? process.arch}-${process.platform}`
}
