<?php
/** What stops a build, and how it is told. */

namespace Lock2build\Shim;

/** Shown as it is: what went wrong is the project's matter. */
class Failure extends \Exception
{
}

/** A text of the project on a terminal: nothing of it is obeyed there. */
function shown(string $text): string
{
    return json_encode($text, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);
}
