/** Text of one Python program out of the modules in a folder. Throws when two of them have the same name at their top. */
export function joinPython(folder: string): Promise<string>
