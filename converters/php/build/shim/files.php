<?php
/** Files and directories, as a result has them. */

namespace Lock2build\Shim;

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
