import type { Metafile } from 'esbuild'

/** All files of dist/ by their path in it, and esbuild's account of the program's chunks. Writes nothing. */
export function bundle(): Promise<{ files: Map<string, Uint8Array>; metafile: Metafile }>
