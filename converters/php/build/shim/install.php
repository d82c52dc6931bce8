<?php
/** Composer itself installs, in a copy of the project and without network. */

namespace Lock2build\Shim;

/** In a copy of the project, at a path that is the same everywhere. */
function install(array $job): void
{
    $project = projectPlace($job);
    copyTree($job['project'], $project);
    foreach ($job['packages'] as $package) {
        if (isset($package['from'])) {
            copyTree($package['from'], "$project/{$package['path']}");
        }
    }
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

/** So deep that what stands beside the project can stand beside its copy, too, where nothing of ours does: under a name of no neighbour. */
function projectPlace(array $job): string
{
    $climbs = climbsOf($job);
    $taken = explode('/', implode('/', array_column($job['packages'], 'path')));
    $name = 'project';
    while ($climbs > 0 && in_array($name, $taken, true)) {
        $name .= '-';
    }
    return $job['work'] . ($climbs === 0 ? "/$name" : '/repository' . str_repeat("/$name", $climbs));
}

/** How many directories above the project its neighbours begin. */
function climbsOf(array $job): int
{
    $climbs = 0;
    foreach ($job['packages'] as $package) {
        $climbs = max($climbs, strlen(preg_replace('{^((?:\.\./)*).*$}Ds', '$1', $package['path'] ?? '')) / 3);
    }
    return $climbs;
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
            throw new Failure("{$job['lock']} names " . shown($id) . ', which lock2build/spec.json does not: run lock2build again');
        }
    }
}

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
        // Else one run in fifty removes what is older than half a year, and all of a store is of 1970.
        'COMPOSER_CACHE_READ_ONLY' => '1',
        'COMPOSER_DISABLE_NETWORK' => '1',
        'COMPOSER_FUND' => '0',
        'COMPOSER_HOME' => "{$job['work']}/composer",
        'COMPOSER_MEMORY_LIMIT' => '-1',
        // A link would lead to where nothing is beside the result.
        'COMPOSER_MIRROR_PATH_REPOS' => climbsOf($job) > 0 ? '1' : false,
        'COMPOSER_NO_INTERACTION' => '1',
        'COMPOSER_PROCESS_TIMEOUT' => '0',
        // A repository around the build is not the project's.
        'GIT_CEILING_DIRECTORIES' => $job['work'],
    ];
    foreach (array_merge($job['env'] ?? [], $environment) as $name => $value) {
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
