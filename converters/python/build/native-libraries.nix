# Name of a package (PEP 503) that is built from source → what it needs of nixpkgs: { nativeBuildInputs, buildInputs, env }. By the table
# native-libraries.json; what an override has of these takes the place of what the table has.
{ pkgs, table, overrides, fail }:

name:

let
  inherit (builtins) concatMap concatStringsSep elemAt filter foldl' head isString mapAttrs match split toJSON tryEval;

  override = overrides.${name} or { };
  known = table.${name} or { };
  take = setting: override.${setting} or (concatMap find (known.${setting} or [ ]));

  # "libpq.pg_config or postgresql": the first that this nixpkgs has; with a question mark at the end perhaps none.
  find = wanted:
    let
      parts = match "([^?]*)([?]?)" wanted;
      choices = filter isString (split " or " (head parts));
      found = filter (each: each != null) (map findAttribute choices);
    in
    if found != [ ] then [ (head found) ]
    else if elemAt parts 1 == "?" then [ ]
    else fail "to be built from source, ${name} needs ${concatStringsSep " or " (map toJSON choices)}, which this nixpkgs does not have; say what it gets instead: overrides.${toJSON name} = { buildInputs = [ ]; nativeBuildInputs = [ ]; }";

  # null: not there, or there only to say why it is gone.
  findAttribute = path:
    let tried = tryEval (foldl' (from: key: from.${key} or null) pkgs (filter isString (split "[.]" path))); in
    if tried.success then tried.value else null;

  # "${proj.dev}/include"
  fill = text: concatStringsSep "" (concatMap
    (part: if isString part then [ part ] else map (found: "${found}") (find (head part)))
    (split "[$][{]([^}]+)[}]" text));
in
{
  nativeBuildInputs = take "nativeBuildInputs";
  buildInputs = take "buildInputs";
  env = mapAttrs (_: fill) (known.env or { }) // override.env or { };
}
