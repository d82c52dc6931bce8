/** This run's scratch directory, which TMPDIR names: that of the process which started this one, or a new one, gone with this process. */
export function useScratch(): string

/** Removes the scratch directory if this process made it. Throws when the run has left something outside of it, and names that. */
export function removeScratch(): void

/** A directory in which things stay for the next run. Its name says of what. */
export function keptDirectory(name: string): string
