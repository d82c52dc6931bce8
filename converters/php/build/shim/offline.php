<?php
/** What Composer finds instead of the network: a cache of archives, and a plugin that copies checkouts. */

namespace Lock2build\Shim;

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
