/**
 * A plugin for Yarn 2, 3 and 4 with one command that makes cache files of archives: Yarn's own function, at the project's own level of
 * compression. A text, because Yarn loads it as a CommonJS module of its own world.
 */
export const berryPlugin = `module.exports = {
  name: 'lock2build',
  factory: (require) => {
    const fs = require('fs')
    const { Command } = require('clipanion')
    const { Configuration, YarnVersion, tgzUtils } = require('@yarnpkg/core')
    class Zips extends Command {
      async execute() {
        const configuration = await Configuration.find(this.context.cwd, this.context.plugins)
        const compressionLevel = configuration.get('compressionLevel')
        // Older versions send their options to a thread, where a configuration cannot go.
        const own = Number.parseInt(YarnVersion, 10) >= 4 ? { configuration } : {}
        const tasks = JSON.parse(fs.readFileSync(process.env.LOCK2BUILD_LIST, 'utf8')).values()
        const work = async () => {
          for (const { archive, zip, prefix } of tasks) {
            const options = { ...own, compressionLevel, prefixPath: prefix, stripComponents: 1 }
            const made = await tgzUtils.convertToZip(fs.readFileSync(archive), options)
            made.saveAndClose()
            fs.copyFileSync(made.getRealPath(), zip)
            fs.chmodSync(zip, 0o644)
          }
        }
        await Promise.all(Array.from({ length: Number(process.env.LOCK2BUILD_WORKERS) * 2 }, work)).catch((error) => {
          this.context.stderr.write(String(error.stack))
          // Threads would keep the process alive.
          process.exit(1)
        })
      }
    }
    // Yarn 2 brings a clipanion that is told of paths by a function.
    if (Command.addPath === undefined) Zips.paths = [['lock2build-zips']]
    else Zips.addPath('lock2build-zips')
    return { commands: [Zips] }
  },
}
`
