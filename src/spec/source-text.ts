/**
 * What the texts of a source may be: written by spec-part.ts, checked by read.ts, and spelled the same in schema/spec.json.
 * Nothing here can be an option of git, leave the project where only its files are meant, carry credentials or hold a character that ends a line.
 */

/** http or https, without a user or password. */
export const archiveUrl =
  /^https?:\/\/[^\s"<>\\^`{|}@/\u0000-\u0020\u007f-\u009f]+(?:\/[^\s"<>\\^`{|}\u0000-\u0020\u007f-\u009f]*)?$/u

/** http, https and git without a user; ssh; and git's own `user@host:path`. */
export const gitUrl =
  /^(?:(?:https?|git):\/\/[A-Za-z0-9][A-Za-z0-9.:-]*\/[A-Za-z0-9@:/.~_%+=-]+|ssh:\/\/[A-Za-z0-9][A-Za-z0-9@.:_-]*\/[A-Za-z0-9@:/.~_%+=-]+|[A-Za-z0-9][A-Za-z0-9._-]*@[A-Za-z0-9.-]+:[A-Za-z0-9/.~_%+=-]+)$/u

/** A full commit, SHA-1 or SHA-256. */
export const gitRev = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u

/** Relative, with `/`, and without empty, `.` and `..` segments. */
export const insidePath = /^(?![A-Za-z]:)(?![^]*(?:^|\/)\.{0,2}(?:\/|$))[^\\\u0000-\u001f\u007f]+$/u

/** The same, behind `../` as often as it climbs: beside the project, in its repository. */
export const nearPath = /^(?:\.\.\/)*(?:\.\.|(?![A-Za-z]:)(?!(?:[^]*\/)?\.{0,2}(?:\/|$))[^\\\u0000-\u001f\u007f]+)$/u

/** `x86_64-linux`. */
export const systemName = /^[a-z0-9_]+-[a-z0-9]+$/u

/** Also the name of a Nix file and an attribute. */
export const ecosystemName = /^[a-z]+$/u

/** A package of a collection: an attribute, and a directory. */
export const attributeName = /^(?:@[A-Za-z0-9_~-][A-Za-z0-9._~-]*\/)?[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/u

/** A variable that a project may set for its own build: none that a builder sets itself and relies upon. */
export const variableName =
  /^(?!(?:__proto__|PATH|HOME|PWD|TMPDIR|TEMPDIR|TMP|TEMP|NODE|INIT_CWD|VIRTUAL_ENV|GIT_CEILING_DIRECTORIES|PHPRC|PHP_INI_SCAN_DIR)$|COMPOSER(?:_|$)|(?:NIX|LOCK2BUILD|COREPACK)_|PYTHON[A-Z]|[Nn][Pp][Mm]_|[Pp][Nn][Pp][Mm]_|[Yy][Aa][Rr][Nn]_|[Bb][Ee][Rr][Rr][Yy]_)[A-Za-z_][A-Za-z0-9_]*$/u

/** Subresource integrity, one digest, canonical base64: the last character before the padding carries no bits beyond the digest. */
export const archiveHash = /^(?:sha512-[A-Za-z0-9+/]{85}[AQgw]==|sha256-[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$/u

export const treeHash = /^sha256-[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/u

/** As strong or weak as the lock file has it. */
export const anyHash =
  /^(?:sha512-[A-Za-z0-9+/]{85}[AQgw]==|sha384-[A-Za-z0-9+/]{64}|sha256-[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=|sha1-[A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=|md5-[A-Za-z0-9+/]{21}[AQgw]==)$/u
