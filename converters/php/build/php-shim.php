<?php
/*
 * Installs what composer.lock names, by Composer itself and without network: from a cache of Composer's that is made of the pinned
 * sources. Commands: vendor (the dependencies), package (the project with them), cache (what Composer needs offline). Written by
 * lock2build; not to be edited. Runs on PHP 7.2 and later.
 */

namespace Lock2build\Shim;

/** Shown as it is: what went wrong is the project's matter. */
class Failure extends \Exception
{
}

function main(string $command, string $jobFile): void
{
    $job = json_decode(readText($jobFile), true);
    umask(022);
    makeDirectory($job['work']);
    switch ($command) {
        case 'vendor':
            install($job);
            moveTree("{$job['work']}/project/{$job['vendorDir']}", $job['out']);
            break;
        case 'package':
            install($job);
            placePackage($job);
            break;
        case 'cache':
            makeCache($job['packages'], $job['out'], 'copy');
            break;
        default:
            throw new Failure("no command is called $command");
    }
}

/** In a copy of the project, at a path that is the same everywhere. */
function install(array $job): void
{
    $project = "{$job['work']}/project";
    copyTree($job['project'], $project);
    if ($job['lock'] !== 'composer.lock') {
        // It was kept out of the project, in a directory that is no part of it.
        rename("$project/{$job['lock']}", "$project/composer.lock");
        rmdir(dirname("$project/{$job['lock']}"));
    }
    $lock = readObject("$project/composer.lock");
    $config = readObject("$project/composer.json")['config'] ?? [];
    checkLock($lock, $job);
    makeCache($job['packages'], "{$job['work']}/cache", 'symlink');
    makeHome($job['packages'], "{$job['work']}/composer");
    $seed = seedSuffix("$project/{$job['vendorDir']}", $lock, $config);
    runComposer(installWords($job, $config, $lock), $project, $job);
    // Without a package Composer writes no autoloader.
    if ($seed !== null && is_file($seed) && readText($seed) === seedText($lock)) {
        unlink($seed);
    }
    makeDirectory("$project/{$job['vendorDir']}");
}

function installWords(array $job, array $config, array $lock): array
{
    $words = ['install', '--no-interaction', '--no-progress', '--no-ansi'];
    if (!$job['dev']) {
        $words[] = '--no-dev';
    }
    if (!$job['scripts']) {
        $words[] = '--no-scripts';
    }
    if (!$job['plugins']) {
        $words[] = '--no-plugins';
    }
    // Else it would be random.
    if ($config['apcu-autoloader'] ?? false) {
        $words[] = '--apcu-autoloader-prefix=' . suffixOf($lock);
    }
    return $words;
}

/** What was converted is what is installed: each package of the lock file is one of the job's. */
function checkLock(array $lock, array $job): void
{
    $known = [];
    foreach ($job['packages'] as $package) {
        $known[strtolower($package['name']) . ' ' . $package['version']] = $package;
    }
    $wanted = array_merge($lock['packages'] ?? [], $job['dev'] ? $lock['packages-dev'] ?? [] : []);
    foreach ($wanted as $package) {
        $id = strtolower($package['name']) . ' ' . $package['version'];
        if (($package['type'] ?? '') === 'metapackage') {
            continue;
        }
        $pinned = $known[$id] ?? null;
        $reference = $pinned['reference'] ?? null;
        $isOther = $reference !== null && $reference !== ($package['source']['reference'] ?? null);
        if ($pinned === null || $isOther) {
            throw new Failure("{$job['lock']} names $id, which lock2build/spec.json does not: run lock2build again");
        }
    }
}

/** Files as Composer's own cache has them, whose names are made of what they were downloaded from. */
function makeCache(array $packages, string $cache, string $how): void
{
    makeDirectory("$cache/files");
    foreach ($packages as $package) {
        foreach ($package['urls'] ?? [] as $url) {
            $key = strtolower($package['name']) . '/' . sha1($url) . '.' . $package['type'];
            $file = "$cache/files/" . preg_replace('{[^a-z0-9_./]}i', '-', $key);
            makeDirectory(dirname($file));
            if (!file_exists($file)) {
                $how === 'copy' ? copyFile($package['file'], $file) : symlink($package['file'], $file);
            }
        }
    }
}

/** Composer's own directory: empty, but for what puts checkouts where Composer would clone. */
function makeHome(array $packages, string $home): void
{
    // There is no network, and so nobody to trust: no certificates are looked for.
    writeObject("$home/config.json", ['config' => ['disable-tls' => true]]);
    $checkouts = [];
    foreach ($packages as $package) {
        if (isset($package['directory'])) {
            $checkouts[strtolower($package['name'])] = $package['directory'];
        }
    }
    if ($checkouts === []) {
        return;
    }
    $plugin = [
        'name' => 'lock2build/checkouts',
        'version' => '1.0.0',
        'version_normalized' => '1.0.0.0',
        'type' => 'composer-plugin',
        'require' => ['composer-plugin-api' => '^2.0'],
        'extra' => ['class' => 'Lock2build\Checkouts\Plugin'],
        'autoload' => ['files' => [], 'classmap' => ['Plugin.php']],
        'install-path' => '../lock2build/checkouts',
    ];
    $allowed = ['allow-plugins' => ['lock2build/checkouts' => true]];
    writeObject("$home/composer.json", ['require' => ['lock2build/checkouts' => '*'], 'config' => $allowed]);
    writeObject("$home/vendor/composer/installed.json", ['packages' => [$plugin], 'dev' => false]);
    writeObject("$home/vendor/lock2build/checkouts/checkouts.json", $checkouts);
    writeText("$home/vendor/lock2build/checkouts/Plugin.php", "<?php\n" . PLUGIN);
}

/** What Composer does with repositories is replaced, and only that: it copies the files of the commit, which are pinned. */
const PLUGIN = <<<'PHP'
namespace Lock2build\Checkouts;

use Composer\Composer;
use Composer\Downloader\DownloaderInterface;
use Composer\IO\IOInterface;
use Composer\Package\PackageInterface;
use Composer\Plugin\PluginInterface;
use React\Promise\PromiseInterface;
use function React\Promise\resolve;

class Plugin implements PluginInterface
{
    public function activate(Composer $composer, IOInterface $io): void
    {
        $composer->getDownloadManager()->setDownloader('git', new Checkouts());
    }

    public function deactivate(Composer $composer, IOInterface $io): void
    {
    }

    public function uninstall(Composer $composer, IOInterface $io): void
    {
    }
}

class Checkouts implements DownloaderInterface
{
    public function getInstallationSource(): string
    {
        return 'source';
    }

    public function download(PackageInterface $package, string $path, ?PackageInterface $previous = null): PromiseInterface
    {
        return resolve(null);
    }

    public function prepare(string $type, PackageInterface $package, string $path, ?PackageInterface $previous = null): PromiseInterface
    {
        return resolve(null);
    }

    public function install(PackageInterface $package, string $path): PromiseInterface
    {
        $checkouts = json_decode(file_get_contents(__DIR__ . '/checkouts.json'), true);
        if (!isset($checkouts[$package->getName()])) {
            throw new \RuntimeException($package->getName() . ' is to be cloned, and its archive is what lock2build pinned');
        }
        $this->copy($checkouts[$package->getName()], $path);
        return resolve(null);
    }

    public function update(PackageInterface $initial, PackageInterface $target, string $path): PromiseInterface
    {
        return resolve(null);
    }

    public function remove(PackageInterface $package, string $path): PromiseInterface
    {
        return resolve(null);
    }

    public function cleanup(string $type, PackageInterface $package, string $path, ?PackageInterface $previous = null): PromiseInterface
    {
        return resolve(null);
    }

    private function copy(string $from, string $to): void
    {
        if (is_link($from)) {
            symlink(readlink($from), $to);
        } elseif (is_dir($from)) {
            is_dir($to) || mkdir($to, 0755, true);
            foreach (array_diff(scandir($from), ['.', '..']) as $name) {
                $this->copy("$from/$name", "$to/$name");
            }
        } else {
            copy($from, $to);
            chmod($to, is_executable($from) ? 0755 : 0644);
        }
    }
}
PHP;

/**
 * Composer names the classes of its autoloader after the lock file since 2.6.4, and at random before, but keeps the name of an autoloader
 * that is there already. So one is there. Gives its path; null where composer.json names it.
 */
function seedSuffix(string $vendor, array $lock, array $config): ?string
{
    if (($config['autoloader-suffix'] ?? '') !== '') {
        return null;
    }
    $seed = "$vendor/autoload.php";
    writeText($seed, seedText($lock));
    return $seed;
}

function seedText(array $lock): string
{
    return '<?php // ComposerAutoloaderInit' . suffixOf($lock) . "::\n";
}

function suffixOf(array $lock): string
{
    $hash = $lock['content-hash'] ?? '';
    return is_string($hash) && preg_match('{^[0-9a-f]{32}$}D', $hash) === 1 ? $hash : md5(json_encode($lock));
}

function runComposer(array $words, string $project, array $job): void
{
    $program = startOf($job['composer']);
    $environment = [
        'COMPOSER' => false,
        'COMPOSER_ALLOW_SUPERUSER' => '1',
        'COMPOSER_CACHE_DIR' => "{$job['work']}/cache",
        'COMPOSER_DISABLE_NETWORK' => '1',
        'COMPOSER_FUND' => '0',
        'COMPOSER_HOME' => "{$job['work']}/composer",
        'COMPOSER_MEMORY_LIMIT' => '-1',
        'COMPOSER_NO_INTERACTION' => '1',
        'COMPOSER_PROCESS_TIMEOUT' => '0',
        // A repository around the build is not the project's.
        'GIT_CEILING_DIRECTORIES' => $job['work'],
    ];
    foreach ($environment as $name => $value) {
        putenv($value === false ? $name : "$name=$value");
    }
    chdir($project);
    passthru(implode(' ', array_map('escapeshellarg', array_merge($program, $words))) . ' 2>&1', $code);
    if ($code !== 0) {
        throw new Failure("composer install ended with exit code $code");
    }
}

/** A program of PHP is started by this PHP: nothing is where its first line says. */
function startOf(string $composer): array
{
    $start = file_get_contents($composer, false, null, 0, 100);
    return preg_match('{^(?:#!.*\bphp\b|<\?php)}', $start) === 1 ? [PHP_BINARY, $composer] : [$composer];
}

/** share/php/<name>, as nixpkgs has it, and what starts its programs. */
function placePackage(array $job): void
{
    $place = "share/php/{$job['name']}";
    makeDirectory(dirname("{$job['out']}/$place"));
    moveTree("{$job['work']}/project", "{$job['out']}/$place");
    foreach ($job['bin'] as $bin) {
        $file = "{$job['out']}/$place/$bin";
        if (!is_file($file)) {
            throw new Failure("\"bin\" of composer.json names $bin, which is no file");
        }
        makeDirectory("{$job['out']}/bin");
        $link = "{$job['out']}/bin/" . basename($bin, '.php');
        if (preg_match('{^(?:#!.*\bphp\b|<\?php)}', file_get_contents($file, false, null, 0, 100)) === 1) {
            writeText($link, starter($job['php'], "$place/$bin"));
        } else {
            symlink("../$place/$bin", $link);
            $link = $file;
        }
        chmod($link, 0755);
    }
}

/** Wherever the result stands, and through links to it. */
function starter(string $php, string $program): string
{
    $file = escapeshellarg("/$program");
    return "#!/bin/sh\nhere=\$(dirname \"\$(dirname \"\$(readlink -f \"\$0\")\")\")\nexec " . escapeshellarg($php) . " \"\$here\"$file \"\$@\"\n";
}

function copyTree(string $from, string $to): void
{
    if (is_link($from)) {
        symlink(readlink($from), $to);
    } elseif (is_dir($from)) {
        makeDirectory($to);
        foreach (array_diff(scandir($from), ['.', '..']) as $name) {
            copyTree("$from/$name", "$to/$name");
        }
    } else {
        copyFile($from, $to);
    }
}

function copyFile(string $from, string $to): void
{
    copy($from, $to);
    chmod($to, is_executable($from) ? 0755 : 0644);
}

/** The result may be on another file system. */
function moveTree(string $from, string $to): void
{
    if (!@rename($from, $to)) {
        copyTree($from, $to);
    }
}

function makeDirectory(string $path): void
{
    is_dir($path) || mkdir($path, 0755, true);
}

function readText(string $file): string
{
    if (!is_file($file)) {
        throw new Failure("there is no $file");
    }
    return file_get_contents($file);
}

function writeText(string $file, string $text): void
{
    makeDirectory(dirname($file));
    file_put_contents($file, $text);
}

function readObject(string $file): array
{
    $value = json_decode(readText($file), true);
    if (!is_array($value)) {
        throw new Failure(basename($file) . ' is not JSON');
    }
    return $value;
}

function writeObject(string $file, array $value): void
{
    writeText($file, json_encode($value, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES) . "\n");
}

// Whatever cannot be done ends the build, and no warning is passed over.
set_error_handler(function (int $level, string $message, string $file, int $line): bool {
    if ((error_reporting() & $level) === 0) {
        return false;
    }
    throw new \ErrorException($message, 0, $level, $file, $line);
});
try {
    main($argv[1] ?? '', $argv[2] ?? '');
} catch (Failure $failure) {
    fwrite(STDERR, "lock2build: {$failure->getMessage()}\n");
    exit(1);
}
