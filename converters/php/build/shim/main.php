<?php
/*
 * Installs what composer.lock names, by Composer itself and without network: from a cache of Composer's that is made of the pinned
 * sources. Commands: vendor (the dependencies), package (the project with them), cache (what Composer needs offline). Written by
 * lock2build; not to be edited. Runs on PHP 7.2 and later.
 */

namespace Lock2build\Shim;

function main(string $command, string $jobFile): void
{
    $job = json_decode(readText($jobFile), true);
    umask(022);
    makeDirectory($job['work']);
    switch ($command) {
        case 'vendor':
            install($job);
            moveTree(projectPlace($job) . "/{$job['vendorDir']}", $job['out']);
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

/** share/php/<name>, as nixpkgs has it, and what starts its programs. */
function placePackage(array $job): void
{
    $place = "share/php/{$job['name']}";
    makeDirectory(dirname("{$job['out']}/$place"));
    moveTree(projectPlace($job), "{$job['out']}/$place");
    foreach ($job['bin'] as $bin) {
        $file = "{$job['out']}/$place/$bin";
        if (!is_file($file)) {
            throw new Failure('"bin" of composer.json names ' . shown($bin) . ', which is no file');
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
