/** Archives of Python packages made here: a wheel or a source archive out of texts, the same bytes each time but for compression. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `name`: of the file, which says what it is. `files`: text by path inside of the archive. */
export function packArchive(name: string, files: Readonly<Record<string, string>>): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'python-archive-'))
  const file = join(folder, name)
  try {
    execFileSync('python3', ['-I', '-c', PACK, file], { input: JSON.stringify(files) })
    return readFileSync(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const PACK = `
import io, json, sys, tarfile, zipfile
file, files = sys.argv[1], json.load(sys.stdin.buffer)
if file.endswith('.whl'):
    with zipfile.ZipFile(file, 'w') as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
else:
    with tarfile.open(file, 'w:gz') as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(text.encode()), 10**9
            archive.addfile(info, io.BytesIO(text.encode()))
`
