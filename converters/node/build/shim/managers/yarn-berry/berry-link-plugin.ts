/**
 * A plugin for Yarn 4 that stops twice and asks the shim to go on: before the first package is read from the cache, which the shim
 * makes meanwhile; and when the packages are laid out, before any of their scripts runs. A text, as in berry-plugin.ts.
 */
export const berryLinkPlugin = `module.exports = {
  name: 'lock2build',
  factory: (require) => {
    const { Configuration, Project } = require('@yarnpkg/core')
    // Not for a Yarn that a script starts.
    delete process.env.YARN_PLUGINS
    const ask = (question) =>
      new Promise((resolve) => {
        process.once('message', resolve)
        process.send(question)
      })
    const { fetchEverything } = Project.prototype
    Project.prototype.fetchEverything = async function (options) {
      const standIns = new Set(await ask('cache'))
      const { cache } = options
      const fetch = cache.fetchPackageFromCache
      cache.fetchPackageFromCache = (locator, checksum, more) => {
        const isStandIn = standIns.has(cache.getLocatorPath(locator, checksum))
        return fetch.call(cache, locator, checksum, isStandIn ? { ...more, skipIntegrityCheck: true } : more)
      }
      return fetchEverything.call(this, options)
    }
    const { getLinkers } = Configuration.prototype
    Configuration.prototype.getLinkers = function () {
      const linkers = getLinkers.call(this)
      for (const linker of linkers) {
        const { makeInstaller } = linker
        linker.makeInstaller = (options) => {
          const installer = makeInstaller.call(linker, options)
          const { finalizeInstall } = installer
          installer.finalizeInstall = async () => {
            const status = await finalizeInstall.call(installer)
            await ask('tree')
            return status
          }
          return installer
        }
      }
      return linkers
    }
    return {}
  },
}
`
