/** What `.yarnrc`, `.npmrc` and `.yarnclean` say that makes yarn install less, or otherwise, than yarn.lock says. */
import type { ReadContext } from '../../../../src/model/converter.ts'
import type { IgnoredSetting } from '../../../../src/model/lock.ts'
import { parseIni } from '../../ini.ts'

/** `--install.production true`; `--*.…` counts for every command. */
const FLAG = /^\s*"?--(?:(?:install|\*)\.)?(production|ignore-optional|no-bin-links|modules-folder)"?\s+"?([^"\s]+)/

export function ignoredSettings({ files }: Pick<ReadContext, 'files'>): readonly IgnoredSetting[] {
  const ignored: IgnoredSetting[] = []
  const yarnrc = files.find('.yarnrc') ?? ''
  for (const [index, line] of yarnrc.split('\n').entries()) {
    const [, name = '', value = 'false'] = FLAG.exec(line) ?? []
    if (value !== 'false') ignored.push(settingOf(name, line.trim(), { file: '.yarnrc', line: index + 1 }))
  }
  for (const { key, value, line } of parseIni(files.find('.npmrc') ?? '')) {
    if (key === 'production' && value === 'true')
      ignored.push(settingOf(key, `${key}=${value}`, { file: '.npmrc', key, line }))
  }
  const clean = '.yarnclean'
  if (files.find(clean) !== undefined) ignored.push({ text: clean, where: { file: clean } })
  return ignored
}

function settingOf(name: string, text: string, where: IgnoredSetting['where']): IgnoredSetting {
  if (name === 'production') return { text, where, leavesOut: 'dev' }
  return name === 'ignore-optional' ? { text, where, leavesOut: 'optional' } : { text, where }
}
