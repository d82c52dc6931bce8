import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  isAnsweredAlike,
  lookAt,
  lookInto,
  printLooks,
  readLooks,
  watchProject,
  type Look,
} from '../../../src/io/project-watch.ts'

function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'project-watch-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A project, and all that can be asked of it. */
function watched(): { readonly directory: string; readonly looks: readonly Look[] } {
  const directory = makeDirectory()
  mkdirSync(join(directory, 'members/one'), { recursive: true })
  mkdirSync(join(directory, 'made'))
  writeFileSync(join(directory, 'lock'), 'a lock file, ö')
  writeFileSync(join(directory, 'made/spec'), 'made of it')
  const { files, looks } = watchProject(directory)
  expect(files.find('lock')).toBe('a lock file, ö')
  expect(files.find('none')).toBeUndefined()
  expect([files.has('lock'), files.has('other')]).toEqual([true, false])
  expect(files.directories('members')).toEqual(['one'])
  expect(files.reach).toBeUndefined()
  return { directory, looks: [...(looks() ?? []), lookAt('made/spec', 'made of it'), lookInto(directory, 'made')] }
}

test('a copy answers alike, also to what was written down meanwhile', () => {
  const { directory, looks } = watched()
  const copy = join(makeDirectory(), 'copy')
  cpSync(directory, copy, { recursive: true })
  expect(isAnsweredAlike(copy, readLooks(printLooks(looks)) ?? [])).toBe(true)
})

const changes: Readonly<Record<string, (at: (path: string) => string) => void>> = {
  'a text': (at) => writeFileSync(at('lock'), 'another lock file'),
  'a text that was not there': (at) => writeFileSync(at('none'), ''),
  'a text that is gone': (at) => rmSync(at('lock')),
  'a text that is none': (at) => {
    rmSync(at('lock'))
    mkdirSync(at('lock'))
  },
  'a file that was not there': (at) => writeFileSync(at('other'), ''),
  'a link that leads nowhere': (at) => symlinkSync('nowhere', at('other')),
  'a directory more': (at) => mkdirSync(at('members/two')),
  'a repository around it': (at) => mkdirSync(at('.git')),
  'what was made': (at) => writeFileSync(at('made/spec'), 'made of something else'),
  'an entry more': (at) => writeFileSync(at('made/stray'), ''),
  'a link instead of a file': (at) => {
    rmSync(at('made/spec'))
    writeFileSync(at('elsewhere'), 'made of it')
    symlinkSync('../elsewhere', at('made/spec'))
  },
  'a link instead of a directory': (at) => {
    cpSync(at('made'), at('elsewhere'), { recursive: true })
    rmSync(at('made'), { recursive: true })
    symlinkSync('elsewhere', at('made'))
  },
}

test.each(Object.entries(changes))('another answer is seen: %s', (_, change) => {
  const { directory, looks } = watched()
  expect(isAnsweredAlike(directory, looks)).toBe(true)
  change((path) => join(directory, path))
  expect(isAnsweredAlike(directory, looks)).toBe(false)
})

test('what was read in another way has no answer, nor has what could not be read', () => {
  const archive = watchProject(makeDirectory())
  archive.giveUp()
  expect(archive.looks()).toBeUndefined()
  const broken = makeDirectory()
  writeFileSync(join(broken, 'lock'), Uint8Array.of(0xff))
  const watch = watchProject(broken)
  expect(() => watch.files.find('lock')).toThrow('UTF-8')
  watch.files.find('none')
  expect(watch.looks()).toBeUndefined()
})

test('a text that nobody wrote says nothing', () => {
  for (const text of ['', 'text', 'text\0lock', 'other\0lock\0digest', 'toString\0lock\0digest']) {
    expect(readLooks(text), text).toBeUndefined()
  }
})
