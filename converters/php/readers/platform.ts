/** Names that stand for PHP, its extensions and Composer itself: they are no packages (composer/composer, PlatformRepository). */

export function isPlatform(name: string): boolean {
  return PLATFORM.test(name)
}

const PLATFORM =
  /^(?:php(?:-64bit|-ipv6|-zts|-debug)?|hhvm|(?:ext|lib)-[a-z0-9]+(?:[_.-][a-z0-9]+)*|composer(?:-(?:plugin|runtime)-api)?)$/i
