/** What a program wrote for a terminal → lines that can be shown: no escape sequences, nothing that was overwritten, no secrets of URLs. */

const MOST_LINES = 20
const MOST_LENGTH = 300

/** The last lines that say something, at most twenty. */
export function lastWords(...outputs: readonly string[]): readonly string[] {
  return outputs.flatMap(linesOf).slice(-MOST_LINES)
}

function linesOf(output: string): readonly string[] {
  const plain = withoutEscapes(output).replace(/\/\/[^/\s@]*@/g, '//…@')
  return plain
    .replace(pythonFrame, '')
    .split('\n')
    .map((line) => shorten(afterLastReturn(line.replace(/\r$/, '')).trimEnd()))
    .filter((line) => /[\p{L}\p{N}]/u.test(line) && !stackFrame.test(line))
}

/** `    at Request.emit (node:events:519:28)`: where in the program it happened says nothing to its user. */
const stackFrame = /^\s+at (?:async )?.*(?::\d+:\d+\)?|\(index \d+\)|<anonymous>\)?|native\)?)(?: \{)?$/

/** The same of Python: a place, the source line there, and marks below it. */
const pythonFrame =
  /^ +File ".*", line \d+, in .*\n(?: {4,}.*\n)*|^Traceback \(most recent call last\):\n|^(?:During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):\n/gm

/** ECMA-48: control sequences (colours, cursor), strings (titles, hyperlinks), and two-character sequences. */
function withoutEscapes(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g, '')
}

/** A terminal shows only what was written over the rest. */
function afterLastReturn(line: string): string {
  return line.slice(line.lastIndexOf('\r') + 1)
}

function shorten(line: string): string {
  return line.length > MOST_LENGTH ? `${line.slice(0, MOST_LENGTH)}…` : line
}
