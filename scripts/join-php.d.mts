/** Text of one PHP program out of the files in a folder. Throws when one of them does not begin as the others do. */
export function joinPhp(folder: string): Promise<string>
