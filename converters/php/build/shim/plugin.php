<?php
/** What Composer does with repositories is replaced, and only that: it copies the files of the commit, which are pinned. */

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
