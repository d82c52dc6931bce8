/** One PHP project with everything that composer.lock can name, and what serves it on 127.0.0.1. */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleanEnvironment, makeProject } from './cli.ts'
import { startGit } from './loopback-git.ts'
import { startPackagist, type ComposerPackage, type Packagist } from './packagist.ts'

export interface PhpProject {
  readonly folder: string
  readonly packagist: Packagist
  /** What Composer and lock2build need in their environment: credentials. */
  readonly environment: Readonly<Record<string, string>>
  /** A copy without what was installed. */
  copy(): string
  close(): Promise<void>
}

const packages: readonly ComposerPackage[] = [
  {
    name: 'acme/log',
    version: '1.2.0',
    manifest: {
      require: { php: '>=7.2', 'ext-calendar': '*', 'acme/base': '^1.0' },
      autoload: { 'psr-4': { 'Acme\\Log\\': 'src/' }, files: ['functions.php'] },
      bin: ['bin/show-log'],
    },
    files: {
      'src/Log.php':
        '<?php namespace Acme\\Log; class Log { static function line($text) { return format("log: $text"); } }\n',
      'functions.php':
        '<?php namespace Acme\\Log; function format($text) { return $text . " " . \\cal_days_in_month(CAL_GREGORIAN, 2, 2024); }\n',
      'bin/show-log': '#!/usr/bin/env php\n<?php echo "show-log\\n";\n',
      'tools/run.sh': '#!/bin/sh\n',
    },
    executable: ['tools/run.sh'],
  },
  {
    name: 'acme/base',
    version: '1.0.1',
    manifest: { autoload: { classmap: ['classes/'] } },
    files: { 'classes/Base.php': '<?php class AcmeBase {}\n' },
    hasShasum: true,
  },
  { name: 'acme/secret', version: '3.0.0', files: { 'secret.txt': 'ours\n' }, isPrivate: true },
  {
    name: 'acme/tests',
    version: '2.0.0',
    manifest: { autoload: { 'psr-4': { 'Acme\\Tests\\': 'src/' } } },
    files: { 'src/Test.php': '<?php namespace Acme\\Tests; class Test {}\n' },
  },
  {
    name: 'acme/plugin',
    version: '1.0.0',
    manifest: {
      type: 'composer-plugin',
      require: { 'composer-plugin-api': '^2.0' },
      autoload: { 'psr-4': { 'Acme\\Plugin\\': '' } },
      extra: { class: 'Acme\\Plugin\\Plugin' },
    },
    files: {
      'Plugin.php': `<?php
namespace Acme\\Plugin;
class Plugin implements \\Composer\\Plugin\\PluginInterface, \\Composer\\EventDispatcher\\EventSubscriberInterface {
  private $composer;
  public function activate($composer, $io) { $this->composer = $composer; }
  public function deactivate($composer, $io) {}
  public function uninstall($composer, $io) {}
  public static function getSubscribedEvents() { return ['post-autoload-dump' => 'write']; }
  public function write() {
    $directory = $this->composer->getConfig()->get('vendor-dir');
    file_put_contents($directory . '/plugin.txt', implode(' ', array_map('basename', glob('src/*.php'))) . "\\n");
  }
}
`.replace('activate($composer, $io)', 'activate(\\Composer\\Composer $composer, \\Composer\\IO\\IOInterface $io)'),
    },
  },
]

/** `plain`: only archives that anyone may have, no repository and no plugin. */
export async function startPhpProject(kind: 'plain' | 'everything'): Promise<PhpProject> {
  const isPlain = kind === 'plain'
  const packagist = await startPackagist(packages)
  const git = await startGit()
  const library = { name: 'acme/lib', autoload: { 'psr-4': { 'Acme\\Lib\\': 'src/' } } }
  const files = {
    'composer.json': JSON.stringify(library),
    'src/Lib.php': '<?php namespace Acme\\Lib; class Lib { const NAME = "lib"; }\n',
    run: { content: '#!/bin/sh\n', mode: 0o755 },
  }
  await git.commit('lib', files)
  const more = isPlain
    ? {}
    : { 'acme/secret': '^3.0', 'acme/plugin': '^1.0', 'acme/lib': 'dev-main', 'acme/local': '@dev' }
  const repositories = [
    { type: 'composer', url: packagist.url },
    { 'packagist.org': false },
    ...(isPlain
      ? []
      : [
          { type: 'git', url: git.httpUrl('lib') },
          { type: 'path', url: 'packages/*' },
        ]),
  ]
  const manifest = {
    name: 'acme/app',
    version: '1.0.0',
    require: { php: '>=7.2', 'acme/log': '^1.2', ...more },
    'require-dev': { 'acme/tests': '^2.0' },
    autoload: { 'psr-4': { 'Acme\\App\\': 'src/' }, ...(isPlain ? {} : { classmap: ['legacy'] }) },
    bin: ['bin/app.php'],
    scripts: { 'post-install-cmd': ['@php bin/prepare.php'] },
    repositories,
    config: { 'secure-http': false, 'allow-plugins': { 'acme/plugin': true } },
  }
  const folder = makeProject({
    'composer.json': `${JSON.stringify(manifest, null, 4)}\n`,
    'src/App.php': '<?php namespace Acme\\App; class App {}\n',
    'legacy/Legacy.php': '<?php class Legacy {}\n',
    'bin/app.php': `<?php
require __DIR__ . '/../vendor/autoload.php';
echo Acme\\Log\\Log::line(file_get_contents(__DIR__ . '/../prepared.txt')), class_exists('Acme\\Tests\\Test') ? ' with tests' : '', "\\n";
`,
    'bin/prepare.php': "<?php file_put_contents('prepared.txt', 'prepared' . getenv('SUFFIX'));\n",
    'packages/local/composer.json': '{"name":"acme/local","autoload":{"classmap":["."]}}\n',
    'packages/local/Local.php': '<?php class AcmeLocal {}\n',
  })
  chmodSync(join(folder, 'bin/app.php'), 0o644)
  const login = { 'http-basic': { [new URL(packagist.url).host]: { username: 'me', password: 's3cret' } } }
  const environment = { COMPOSER_AUTH: JSON.stringify(login), COMPOSER_ALLOW_SUPERUSER: '1' }
  return {
    folder,
    packagist,
    environment,
    copy: () => {
      const to = mkdtempSync(join(tmpdir(), 'php-project-'))
      cpSync(folder, to, { recursive: true })
      return to
    },
    close: async () => {
      await packagist.close()
      await git.close()
    },
  }
}

/** The real Composer, as its user has it. It must not wait for the servers of this process, so nothing else runs meanwhile. */
export async function runComposer(
  cwd: string,
  words: readonly string[],
  { environment }: Pick<PhpProject, 'environment'>,
): Promise<void> {
  const { execFile } = await import('node:child_process')
  await new Promise<void>((done, failed) => {
    const options = { cwd, env: cleanEnvironment(environment) }
    execFile('composer', [...words, '--no-interaction'], options, (error, stdout, stderr) =>
      error === null ? done() : failed(new Error(`${stdout}${stderr}`)),
    )
  })
}

/** Before Composer 2.6.4 the autoloader's name is random: as if it had been made of the lock file, as it is since then. */
export function equalSuffix(folder: string): (path: string, bytes: Buffer) => Buffer {
  const text = readFileSync(join(folder, 'vendor/autoload.php'), 'utf8')
  const [, suffix = ''] = /ComposerAutoloaderInit([0-9a-f]+)/.exec(text) ?? []
  const lock = JSON.parse(readFileSync(join(folder, 'composer.lock'), 'utf8')) as { readonly 'content-hash': string }
  return (path, bytes) =>
    /^(?:composer\/autoload_\w+|autoload)\.php$/.test(path)
      ? Buffer.from(bytes.toString('utf8').replaceAll(suffix, lock['content-hash']))
      : bytes
}

/** A program of a result. */
export function runResult(program: string): string {
  return execFileSync(program, { encoding: 'utf8' })
}
