/** Bytes of a file that is read out of an archive: a manifest, the metadata of a wheel. */
export const MAX_MEMBER = 8 * 1024 * 1024
